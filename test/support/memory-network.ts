import { Effect, Layer, ManagedRuntime } from "effect"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { newGatewayId } from "#commands/ids.ts"
import { submitChat } from "#commands/job/submit-chat.ts"
import { publishPolicy } from "#commands/network-config/publish-policy.ts"
import { Bus, type BusShape } from "#commands/ports/bus.ts"
import { ContentStore, type ContentStoreShape } from "#commands/ports/content-store.ts"
import { Counters } from "#commands/ports/counters.ts"
import { EventStore, type EventStoreShape } from "#commands/ports/event-store.ts"
import { type Assignment, JobStream } from "#commands/ports/job-stream.ts"
import { NetworkSettings } from "#commands/ports/network-settings.ts"
import { OpenWork, type OpenWorkShape } from "#commands/ports/open-work.ts"
import { Presence } from "#commands/ports/presence.ts"
import { type CreditLedger, creditLedger, type SpendLimits } from "#domain/credit-ledger/index.ts"
import { job, type Job } from "#domain/job/index.ts"
import { categoryOf, idOf } from "#domain/kernel/envelope.ts"
import type { JobId, KeyId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"
import { defaultPolicy, type PolicyDocument } from "#domain/network-config/index.ts"
import { JOB_TAP, ledgerTap, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { memoryBus } from "#infra/memory/bus.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { memoryJobStream } from "#infra/memory/job-stream.ts"
import { memoryPresence } from "#infra/memory/presence.ts"
import { listenAsClient } from "#test/support/listening-client.ts"
import { numberedMessages } from "#test/support/numbered-messages.ts"

const uuidAt = (n: number) => `0190a000-0000-7000-8000-${String(n).padStart(12, "0")}`
export const NAMESPACE = `ns_${uuidAt(1)}` as NamespaceId
export const KEY = "Key000000001" as KeyId
export const jobIdAt = (n: number) => `job_${uuidAt(n)}` as JobId
export const nodeIdAt = (n: number) => `0x${String(n).padStart(40, "0")}` as NodeId
export const sessionIdAt = (n: number) => `sess_${uuidAt(n)}` as SessionId

/** Prices so that a prompt token costs 1 micro-credit and an output token 2. */
const policy: PolicyDocument = { ...defaultPolicy, rates: { "*": { inputRate: 1_000_000n, outputRate: 2_000_000n } } }

export interface NetworkOptions {
  readonly fakeOpenWork?: OpenWorkShape
  /** The log as commands see it, where a test wants it worse than it is. */
  readonly store?: (store: EventStoreShape) => EventStoreShape
  /** The contents as commands see them, likewise. */
  readonly content?: (store: ContentStoreShape) => ContentStoreShape
}

const whole = <Store>(store: Store): Store => store

const nothingOpen: OpenWorkShape = { jobs: () => Effect.succeed([]), holds: () => Effect.succeed([]), sessions: () => Effect.succeed([]) }

/** A whole network of real commands and workflows on the in-process adapters; only the read model behind OpenWork is a fake. */
export const memoryNetwork = async ({ fakeOpenWork = nothingOpen, store = whole, content = whole }: NetworkOptions = {}) => {
  const counters = memoryCounters()
  const bus = memoryBus()
  const log = memoryLog()
  const presence = memoryPresence()
  const jobStream = memoryJobStream(counters)
  const ports = Layer.mergeAll(
    Layer.succeed(EventStore, store(log.store)),
    Layer.succeed(Bus, bus),
    Layer.succeed(ContentStore, content(memoryContentStore())),
    Layer.succeed(Counters, counters),
    Layer.succeed(JobStream, jobStream),
    Layer.succeed(NetworkSettings, { environment: "testnet" }),
    Layer.succeed(Presence, presence),
    Layer.succeed(OpenWork, fakeOpenWork),
  )
  const commands = commandsLayer({ onAppended: tapOn(bus) })
  const runtime = ManagedRuntime.make(Layer.provideMerge(commands, ports))
  const run = runtime.runPromise.bind(runtime)
  await run(publishPolicy("testnet", policy))

  const grant = (amount: bigint, grantId = "g1") =>
    run(
      Effect.flatMap(Commands, ({ handle }) =>
        handle(
          creditLedger,
          NAMESPACE,
          { type: "GrantCredits", namespaceId: NAMESPACE, grantId, amount, reason: "test", at: 1 },
          { commandId: `grant/${grantId}`, correlationId: NAMESPACE },
        ),
      ),
    )
  const ledger = (): Promise<CreditLedger> => run(Effect.flatMap(Commands, ({ load }) => load(creditLedger, NAMESPACE)))
  const jobState = (jobId: JobId): Promise<Job> => run(Effect.flatMap(Commands, ({ load }) => load(job, jobId)))

  /** A connected node that collects what it is given. */
  const connectNode = (n: number, slots = 4, tokensPerSecond = 100, model = "m") => {
    const assignments: Assignment[] = []
    const nodeId = nodeIdAt(n)
    const models = [{ name: model, hash: "0".repeat(64), contextLength: 512 }]
    const online = () =>
      presence.announce({
        nodeId, sessionId: sessionIdAt(n), environment: "testnet", payee: nodeId, models, slots,
        lastSeenAt: Date.now(), tokensPerSecond,
      })
    online()
    const leave = jobStream.consume(nodeId, ({ assignment, ack }) => {
      ack()
      assignments.push(assignment)
    })
    return { nodeId, assignments, leave: () => (leave(), presence.withdraw({ nodeId, sessionId: sessionIdAt(n) })) }
  }

  /** Submits the nth job for a client that listens. */
  const ask = async (n: number, options: ChatOptions) => {
    const client = listenAsClient(bus, jobIdAt(n))
    await run(submitChat(chat(n, options)))
    return client
  }

  /** Text of a node on its way to the client. */
  const said = numberedMessages()
  const say = ({ jobId, attemptId }: Assignment, text: string, tokens: number): void =>
    bus.publish(tokensSubject(jobId), said.tokens(attemptId, text, tokens))

  return { run, runtime, bus, log, counters, presence, jobStream, grant, ledger, jobState, connectNode, ask, say }
}

/** Tells of what was appended. */
const tapOn = (bus: BusShape) => (stream: string): void => {
  if (categoryOf(stream) === "job") bus.publish(JOB_TAP, { jobId: idOf(stream) })
  if (categoryOf(stream) === "ledger") bus.publish(ledgerTap(idOf(stream)), {})
}

export const GATEWAY = newGatewayId()

export interface ChatOptions {
  readonly maxOutputTokens: number | null
  readonly promptTokens?: number
  readonly model?: string
  readonly spendLimits?: SpendLimits
}

export const chat = (n: number, options: ChatOptions) => ({
  jobId: jobIdAt(n),
  namespaceId: NAMESPACE,
  keyId: KEY,
  gatewayId: GATEWAY,
  model: options.model ?? "m",
  mode: "stream" as const,
  request: { task: "chat" as const, messages: [{ role: "user" as const, content: "hello" }], sampling: {} },
  promptTokens: options.promptTokens ?? 10,
  paidPromptTokens: options.promptTokens ?? 10,
  contextLength: 512,
  maxOutputTokens: options.maxOutputTokens,
  spendLimits: options.spendLimits ?? null,
})
