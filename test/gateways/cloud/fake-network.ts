import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import OpenAI from "openai"
import { onTestFinished } from "vitest"
import { newAttemptId, newGatewayId, newKeyId, newNamespaceId, newSessionId, randomBase62 } from "#commands/ids.ts"
import type { ChatJob, SubmittedChat } from "#commands/job/submit-chat.ts"
import type { NodePresence } from "#commands/ports/presence.ts"
import type { FinishReason } from "#domain/job/index.ts"
import type { EndReason } from "#domain/credit-ledger/index.ts"
import { formatKey, type KeyLimits } from "#domain/api-key/index.ts"
import { type AttemptId, type JobId, NodeId } from "#domain/kernel/ids.ts"
import type { NodeModel } from "#domain/node/index.ts"
import type { Quote } from "#domain/policies/pricing.ts"
import { countSubject, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { cloudGateway, type CloudGatewayDeps } from "#gateways/cloud/cloud-gateway.ts"
import type { ChatJobs } from "#gateways/ports/chat-jobs.ts"
import type { KeptResponses } from "#gateways/ports/kept-responses.ts"
import type { KeyRecord } from "#gateways/ports/key-directory.ts"
import { keyDigest } from "#infra/crypto/key-digest.ts"
import { pepperedDigest } from "#infra/crypto/key-minter.ts"
import { numberedMessages } from "#test/support/numbered-messages.ts"
import { loopback } from "#infra/loopback/loopback.ts"
import { memoryPlaces } from "#infra/memory/places.ts"
import { memoryRateLimit } from "#infra/memory/rate-limit.ts"
import { keyAccess } from "#test/support/key-access.ts"
import { memoryRequests } from "#test/support/memory-requests.ts"
import { fakeBus } from "#test/support/fake-bus.ts"

export const MODEL = "tiny/chat"
export const OFFLINE_MODEL = "asleep"
/** Does everything that a model can do. */
export const ABLE_MODEL = "able"
/** Another one like it. */
export const OTHER_MODEL = "able-too"
export const CONTEXT_LENGTH = 128
export const PEPPER = { version: 7, value: Buffer.from("a pepper for tests only").toString("base64") }

const secret = randomBase62(32)
const goodKeyId = newKeyId()
export const GOOD_RECORD: KeyRecord = {
  keyId: goodKeyId, access: keyAccess(goodKeyId), namespaceId: newNamespaceId(), mode: "test", pepperVersion: PEPPER.version,
  digest: pepperedDigest(secret, PEPPER.value), revokedAt: null,
}
export const keyOf = ({ keyId }: KeyRecord, mode: "test" | "live" = "test"): string => formatKey({ mode, keyId, secret })
const revoked: KeyRecord = { ...GOOD_RECORD, keyId: newKeyId(), revokedAt: 1 }
export const GOOD_KEY = keyOf(GOOD_RECORD)
export const REVOKED_KEY = keyOf(revoked)

/** A directory that has the good key with these limits. */
export const keysOf = (limits: KeyLimits | null) => ({
  find: async () => ({ ...GOOD_RECORD, access: keyAccess(GOOD_RECORD.keyId, { limits }) }),
})

export const quoteOf = ({ model, paidPromptTokens, maxOutputTokens }: ChatJob): Quote => ({
  policyHash: "test", model, promptTokens: paidPromptTokens, maxOutputTokens: maxOutputTokens ?? 64,
  inputRate: 1_000_000n, outputRate: 2_000_000n, operatorSharePercent: 50,
})

/** What the fake node does with a job once it is submitted. */
export type Script = (say: Saying, job: ChatJob) => void | Promise<void>

export interface Saying {
  readonly attemptId: AttemptId
  readonly tokens: (text: string, tokens?: number, attemptId?: AttemptId) => void
  readonly finished: (finishReason: FinishReason, completionTokens: number) => void
  readonly ended: (reason: "expired" | "failed" | "dead_lettered" | "cancelled") => void
}

export const answering = (...texts: readonly string[]): Script => (say) => {
  for (const text of texts) say.tokens(text)
  say.finished("stop", texts.length)
}
export const silent: Script = () => {}

const able = (name: string): NodeModel => ({
  name, hash: "00", contextLength: CONTEXT_LENGTH, tasks: ["chat", "completion", "embedding"],
  features: ["tools", "json_object", "json_schema", "logprobs", "logit_bias", "token_prompts", "suffix", "dimensions"],
})

export const nodeWith = (...models: readonly NodeModel[]): NodePresence => ({
  nodeId: NodeId.make(`0x${"ab".repeat(20)}`), sessionId: newSessionId(), environment: "testnet", payee: "nobody",
  models, slots: 4, lastSeenAt: 0, tokensPerSecond: 1,
})

const fakeNode = nodeWith({ name: MODEL, hash: "00", contextLength: CONTEXT_LENGTH }, able(ABLE_MODEL), able(OTHER_MODEL))

type Submit = ChatJobs["submit"]

export interface FakeNetwork {
  readonly submitted: ChatJob[]
  /** Where the network's gateways keep answers for repeats. */
  readonly requests: ReturnType<typeof memoryRequests>
  readonly cancelled: { readonly jobId: JobId; readonly reason: string }[]
  readonly marks: { readonly attemptId: AttemptId; readonly deliveredTokens: number }[]
  readonly kept: string[]
  /** Responses, by namespace and job. */
  readonly responses: Map<string, string>
  readonly confirmed: AttemptId[]
  /** How the log says that each job ended. */
  outcome: EndReason | null
  readonly counted: Map<string, number>
  readonly defects: unknown[]
  readonly bus: ReturnType<typeof fakeBus>
  /** Jobs whose script was played. */
  answered: number
  script: Script
  submit: Submit
  promptTokens: number
  /** Of the longest input; null: there is one. */
  longest: number | null
}

const sayingFor = (bus: ReturnType<typeof fakeBus>, jobId: JobId): Saying => {
  const attemptId = newAttemptId()
  const said = numberedMessages()
  const publish = (message: StreamMessage) => bus.publish(tokensSubject(jobId), message)
  return {
    attemptId,
    tokens: (text, tokens = 1, from = attemptId) => publish(said.tokens(from, text, tokens)),
    finished: (finishReason, completionTokens) => publish(said.finished(attemptId, completionTokens, finishReason)),
    ended: (reason) => publish({ type: "ended", reason, message: `the job ${reason}` }),
  }
}

/** A network that accepts every job and plays a script for it. */
export const fakeNetwork = (): FakeNetwork => {
  const bus = fakeBus()
  const network: FakeNetwork = {
    requests: memoryRequests(),
    submitted: [], cancelled: [], marks: [], kept: [], responses: new Map(), confirmed: [], outcome: null, counted: new Map(), defects: [], bus,
    answered: 0,
    script: answering("Hel", "lo"),
    promptTokens: 5,
    longest: null,
    submit: (jobs) =>
      Effect.sync(() =>
        jobs.map((job): SubmittedChat => {
          network.submitted.push(job)
          setImmediate(() => {
            void network.script(sayingFor(bus, job.jobId), job)
            network.answered += 1
          })
          return { jobId: job.jobId, quote: quoteOf(job), deadlineAt: Date.now() + 120_000 }
        }),
      ),
  }
  for (const model of [MODEL, ABLE_MODEL, OTHER_MODEL]) {
    bus.serve(countSubject(model), async () => ({
      ok: true, tokens: network.promptTokens, longest: network.longest ?? network.promptTokens, contextLength: CONTEXT_LENGTH,
    }))
  }
  return network
}

const fakeJobs = (network: FakeNetwork): ChatJobs => ({
  submit: (job) => network.submit(job),
  cancel: (job) => Effect.sync(() => void network.cancelled.push(job)),
  markProgress: (mark) => Effect.sync(() => void network.marks.push(mark)),
  outcome: () => Effect.sync(() => network.outcome),
  confirmCompleted: ({ attemptId }) => Effect.sync(() => void network.confirmed.push(attemptId)),
  keepAnswer: ({ text }) => Effect.sync(() => void network.kept.push(text)),
})

const placeOf = ({ namespaceId, jobId }: { readonly namespaceId: string; readonly jobId: string }) => `${namespaceId}/${jobId}`

const fakeResponses = ({ responses }: FakeNetwork): KeptResponses => ({
  keep: async ({ text, ...place }) => void responses.set(placeOf(place), text),
  find: async (place) => responses.get(placeOf(place)) ?? null,
  forget: async ({ namespaceId, ownerId }) => void responses.delete(placeOf({ namespaceId, jobId: ownerId })),
})

/** Every job ended well at once, as its row and its story would say. */
const fakeRecords = ({ submitted, requests }: FakeNetwork): CloudGatewayDeps["records"] => ({
  giveFeedback: requests.feedback.give,
  generations: {
    ownerOf: async (id) => submitted.find(({ jobId }) => jobId === id)?.namespaceId ?? null,
    find: async (id) => {
      const job = submitted.find(({ jobId }) => jobId === id)
      return job === undefined ? null : { job: endedJob(job), story: [] }
    },
    feedback: requests.feedback.of,
    comment: requests.feedback.comment,
  },
})

const endedJob = ({ jobId, namespaceId, keyId, gatewayId, model, mode, promptTokens }: ChatJob) => ({
  jobId, namespaceId, keyId, gatewayId, model, mode, promptTokens, holdId: "hold", environment: "testnet", priority: "normal", stage: "completed" as const,
  maxOutputTokens: 64, completionTokens: 2, attempts: 1, nodeId: "0x", payee: "nobody", lastFailure: null, finishReason: "stop", endReason: null,
  cost: 9n, submittedAt: 1_000, deadlineAt: 9_000, firstAssignedAt: 1_010, lastAssignedAt: 1_010, lastProgressAt: null, cancelRequestedAt: null,
  endedAt: 1_500, paidAt: 1_600,
})

/** A real gateway in front of the fake network. */
export const gatewayOf = (network: FakeNetwork, overrides: Partial<CloudGatewayDeps> = {}) => {
  const records = new Map([GOOD_RECORD, revoked].map((one) => [one.keyId as string, one]))
  return cloudGateway({
    gatewayId: newGatewayId(), environment: "testnet", bus: network.bus,
    presence: { online: () => [fakeNode] },
    counters: {
      increment: (name, reason) => {
        const key = reason === undefined ? name : `${name}/${reason}`
        network.counted.set(key, (network.counted.get(key) ?? 0) + 1)
      },
    },
    keys: { find: async (keyId) => records.get(keyId) ?? null },
    digest: keyDigest([PEPPER]),
    models: { known: async (name) => name === OFFLINE_MODEL },
    jobs: fakeJobs(network),
    records: fakeRecords(network),
    requests: network.requests.port, requestDirectory: network.requests.directory, loopback,
    responses: fakeResponses(network),
    limits: { rateLimit: memoryRateLimit(Date.now), places: memoryPlaces(), perSecond: 0 },
    onDefect: (error) => network.defects.push(error),
    drainMs: 50,
    ...overrides,
  })
}

/** ... on a loopback port, and the official client. */
export const startGateway = async (network = fakeNetwork(), overrides: Partial<CloudGatewayDeps> = {}) => {
  const app = gatewayOf(network, overrides)
  await app.listen({ port: 0, host: "127.0.0.1" })
  onTestFinished(() => app.close())
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: GOOD_KEY, maxRetries: 0 })
  const post = (body: unknown, headers: Record<string, string> = {}, path = "/v1/chat/completions") =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${GOOD_KEY}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    })
  return { app, url, client, post, network }
}

export const ASK = { model: MODEL, messages: [{ role: "user", content: "Say hello" }] } satisfies OpenAI.ChatCompletionCreateParams

/** Waits for a condition, a turn of the event loop at a time. */
export const until = async (condition: () => boolean): Promise<void> => {
  const giveUpAt = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`never came true: ${String(condition)}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
