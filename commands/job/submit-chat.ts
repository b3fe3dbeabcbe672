import { Data, Effect, Fiber, Schema } from "effect"
import { creditLedger, type SpendLimits } from "#domain/credit-ledger/index.ts"
import { job, type JobMode, type JobSubmitted, type Withdrawal } from "#domain/job/index.ts"
import type { GatewayId, JobId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { InferenceRequest } from "#domain/protocol/inference-request.ts"
import { holdFor, type Quote } from "#domain/policies/pricing.ts"
import { Commands } from "../handle.ts"
import { holdIdOf } from "../ids.ts"
import { type ContentProof, ContentStore } from "../ports/content-store.ts"
import { NetworkSettings } from "../ports/network-settings.ts"
import { cancelJob } from "./cancel-job.ts"
import { ATTEMPT_BASE_MS, ATTEMPT_PER_TOKEN_MS, HOLD_GRACE_MS, JOB_TTL_MS, LATER_JOB_TTL_MS, RETRY_LIMIT } from "./limits.ts"
import { placeHolds, type WantedHold } from "./place-hold.ts"
import { quoteChat } from "./quote-chat.ts"
import { RECORD_RETRY } from "./record-retry.ts"

export interface ChatJob {
  readonly jobId: JobId
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  readonly gatewayId: GatewayId
  readonly model: string
  readonly mode: JobMode
  /** `normal` where it is left out. */
  readonly priority?: JobSubmitted["priority"]
  /** Its client can ask for the answer again: if its gateway is lost, it costs nothing. */
  readonly repeatable?: boolean
  /** What the client called; by the request's task where it is left out. */
  readonly endpoint?: string
  readonly request: InferenceRequest
  /** The network's own count of what has to fit into the context beside the answer, chat template included. */
  readonly promptTokens: number
  /** Prompt tokens that this job pays: all of the prompt, or 0 where another job of the same request pays it. */
  readonly paidPromptTokens: number
  readonly contextLength: number
  /** Null: the client named no limit, and the answer may be shortened to what the balance pays. */
  readonly maxOutputTokens: number | null
  /** What the key may spend; null: as much as there is. */
  readonly spendLimits: SpendLimits | null
}

export interface SubmittedChat {
  readonly jobId: JobId
  /** Frozen price; `maxOutputTokens` is what the node is told. */
  readonly quote: Quote
  readonly deadlineAt: number
}

/** The log, the content store or the policy cannot be reached; nothing is charged. */
export class NetworkUnavailable extends Data.TaggedError("NetworkUnavailable")<{ readonly reason: string }> {}

/** Jobs of one request that are stored or entered at the same time: the rest of its prompts is not even written out yet. */
const TOGETHER = 16

const ENDPOINTS = { chat: "/v1/chat/completions", completion: "/v1/completions", embedding: "/v1/embeddings" } as const

const encodeRequest = Schema.encodeSync(Schema.fromJsonString(InferenceRequest))

/** One job by itself. */
export const submitChat = Effect.fnUntraced(function* (input: ChatJob) {
  const [submitted] = yield* submitTogether([input])
  return submitted ?? (yield* Effect.die(new Error("nothing was submitted")))
})

/**
 * The jobs of one request: all of them or none. Holds the credits and keeps the prompts (both at once), then enters the jobs into the
 * log: two synced writes before a node is asked. Dying between them leaves holds without jobs, which the watchdog voids and releases.
 */
export const submitTogether = Effect.fnUntraced(
  function* (inputs: readonly ChatJob[]) {
    const at = Date.now()
    const deadlineAt = at + (inputs.every(({ mode }) => mode === "polling" || mode === "batch") ? LATER_JOB_TTL_MS : JOB_TTL_MS)
    const wanted = yield* Effect.forEach(inputs, (input) => Effect.map(quoteChat(input), (quote) => ({ input, quote })))
    const { held, contents } = yield* holdsBesideContents(wanted, { at, expiresAt: deadlineAt + HOLD_GRACE_MS })
    const entering = held.map(({ input, quote }, index) =>
      Effect.flatMap(contents, (proofs) => {
        const proof = proofs[index]
        return proof === undefined ? Effect.die(new Error("a prompt was not kept")) : enterJob(input, { quote, proof, at, deadlineAt })
      }),
    )
    const entered = Effect.all(entering, { concurrency: TOGETHER, discard: true })
    yield* Effect.onError(entered, () => Effect.forEach(inputs, (input) => Effect.forkDetach(releaseHoldSometime(input)), { discard: true }))
    return held.map(({ input: { jobId }, quote }): SubmittedChat => ({ jobId, quote, deadlineAt }))
  },
  Effect.catchTags({
    EventStoreUnavailable: ({ reason }) => new NetworkUnavailable({ reason }),
    ContentStoreUnavailable: ({ reason }) => new NetworkUnavailable({ reason }),
    NoPolicy: ({ environment }) => new NetworkUnavailable({ reason: `no policy is published for ${environment}` }),
    TooManyConflicts: ({ stream }) => new NetworkUnavailable({ reason: `too many writers on ${stream}` }),
  }),
)

/**
 * At once where the balance is known to suffice; holds first where it may not, so that a refused request leaves nothing behind. The holds
 * are there in either case, also when a prompt cannot be kept: whoever asks for `contents` then has them to release.
 */
const holdsBesideContents = Effect.fnUntraced(function* (
  wanted: readonly WantedHold<ChatJob>[],
  lease: { readonly at: number; readonly expiresAt: number },
) {
  const { peek } = yield* Commands
  const content = yield* ContentStore
  const puts = Effect.forEach(
    wanted,
    ({ input: { namespaceId, jobId, request } }) => content.put({ namespaceId, jobId, field: "request" }, encodeRequest(request)),
    { concurrency: TOGETHER },
  )
  const [first] = wanted
  const available = first === undefined ? 0n : (peek(creditLedger, first.input.namespaceId)?.available ?? 0n)
  const needed = wanted.reduce((total, { quote }) => total + holdFor(quote), 0n)
  const keeping = available >= needed ? yield* Effect.forkChild(puts) : null
  const quotes = yield* placeHolds(wanted, lease)
  const held = wanted.map(({ input, quote }, index) => ({ input, quote: quotes[index] ?? quote }))
  return { held, contents: keeping === null ? yield* Effect.cached(puts) : Fiber.join(keeping) }
})

/** How long one attempt may take. */
export const attemptMs = ({ quote: { maxOutputTokens } }: Pick<SubmittedChat, "quote">): number =>
  ATTEMPT_BASE_MS + maxOutputTokens * ATTEMPT_PER_TOKEN_MS

const enterJob = Effect.fnUntraced(function* (
  input: ChatJob,
  entry: { readonly quote: Quote; readonly proof: ContentProof; readonly at: number; readonly deadlineAt: number },
) {
  const { handle } = yield* Commands
  const { environment } = yield* NetworkSettings
  const { jobId, namespaceId, keyId, gatewayId, model, mode, promptTokens } = input
  const { maxOutputTokens } = entry.quote
  const repeatable = input.repeatable === true ? { repeatable: true } : {}
  const endpoint = input.endpoint ?? ENDPOINTS[input.request.task]
  const command = {
    type: "SubmitJob", endpoint, jobId, namespaceId, keyId, gatewayId, environment, model, mode, promptTokens, maxOutputTokens,
    holdId: holdIdOf(jobId),
    priority: input.priority ?? "normal",
    ...repeatable,
    requestDigest: entry.proof.digest,
    requestBytes: entry.proof.bytes,
    attemptTimeoutMs: attemptMs(entry),
    retryLimit: RETRY_LIMIT,
    at: entry.at,
    deadlineAt: entry.deadlineAt,
  } as const
  yield* handle(job, jobId, command, { commandId: `job/${jobId}/submit`, correlationId: jobId }, "new")
})

/** Behind the refusal, for as long as a record is worth trying for; after that the watchdog voids the job. */
const releaseHoldSometime = (entered: { readonly jobId: JobId; readonly namespaceId: NamespaceId }) =>
  releaseHold(entered).pipe(
    Effect.retry(RECORD_RETRY),
    Effect.catchCause((cause) => Effect.logWarning(`the hold of ${entered.jobId} is left to the watchdog`, cause)),
  )

/**
 * Closes the job's stream first: a submit whose outcome is unknown must not run without its hold. One that did arrive is cancelled
 * instead, since nobody listens for its answer.
 */
const releaseHold = Effect.fnUntraced(function* ({ jobId, namespaceId }: { readonly jobId: JobId; readonly namespaceId: NamespaceId }) {
  const { handle } = yield* Commands
  const holdId = holdIdOf(jobId)
  const at = Date.now()
  const meta = { commandId: `job/${jobId}/void`, correlationId: jobId }
  const voided = yield* handle(job, jobId, { type: "VoidJob", jobId, namespaceId, holdId, at }, meta).pipe(
    Effect.as(true),
    Effect.catchTag("JobExists", () => Effect.as(cancelJob({ jobId, reason: "submit_outcome_unknown" satisfies Withdrawal }), false)),
  )
  if (!voided) return
  const release = { type: "ReleaseHold", namespaceId, holdId, reason: "never_submitted", at } as const
  yield* handle(creditLedger, namespaceId, release, { commandId: `hold/${holdId}/end/release/never_submitted`, correlationId: jobId })
})
