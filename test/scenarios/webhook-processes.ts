import { randomBytes } from "node:crypto"
import { Effect, Fiber, Layer, ManagedRuntime } from "effect"
import { afterEach, beforeEach } from "vitest"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { ContentStore } from "#commands/ports/content-store.ts"
import { Counters } from "#commands/ports/counters.ts"
import { EventStore } from "#commands/ports/event-store.ts"
import { WebhookDeliveries } from "#commands/ports/webhook-deliveries.ts"
import { WebhookSender, type WebhookSenderShape } from "#commands/ports/webhook-sender.ts"
import { WebhookVault } from "#commands/ports/webhook-vault.ts"
import { createWebhook, type WebhookChoices } from "#commands/webhook/manage-webhooks.ts"
import { webhookMessages } from "#commands/workflows/webhooks.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { HoldId, JobId, NamespaceId } from "#domain/kernel/ids.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { postgresWebhookDeliveries } from "#infra/postgres/webhook-deliveries.ts"
import { postgresWebhookVault } from "#infra/postgres/webhook-vault.ts"
import { webhookSender } from "#infra/webhooks/send-message.ts"
import { webhookReceiver, type WebhookReceiver } from "#test/support/webhook-receiver.ts"
import { openReadModels, type PostgresReadModels } from "../projections/postgres-network.ts"
import { keyAt, namespaceAt } from "../projections/workload-world.ts"

export const NAMESPACE = namespaceAt(1)
const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`
export const jobAt = (n: number) => `job_${uuid(n)}` as JobId
export const CHOICES: WebhookChoices = { description: "", types: ["job.completed", "job.failed"], models: null, includeContent: false }

const rootKey = randomBytes(32)

/** Read models, a projector and a real receiver for each test; processes that share them, as many as a test starts. */
export const useWebhookProcesses = () => {
  const content = memoryContentStore()
  let network: PostgresReadModels
  let receiver: WebhookReceiver
  const closing: (() => Promise<unknown>)[] = []

  beforeEach(async () => {
    network = await openReadModels()
    const projector = network.startProjector()
    receiver = await webhookReceiver()
    closing.push(() => network.close(), () => projector.stop(), () => receiver.close())
  })
  afterEach(async () => {
    for (const step of closing.splice(0).reverse()) await step()
  })

  /** Commands and the webhook workflow of one process on the shared database. */
  const startProcess = (sender: WebhookSenderShape = webhookSender("any")) => {
    const { pool } = network.database
    const ports = Layer.mergeAll(
      Layer.succeed(EventStore, network.store),
      Layer.succeed(Counters, memoryCounters()),
      Layer.succeed(ContentStore, content),
      Layer.succeed(WebhookDeliveries, postgresWebhookDeliveries(pool)),
      Layer.succeed(WebhookVault, postgresWebhookVault(pool, { rootKey })),
      Layer.succeed(WebhookSender, sender),
    )
    const runtime = ManagedRuntime.make(Layer.provideMerge(commandsLayer({ soleWriter: false }), ports))
    const work = () => {
      const fiber = runtime.runFork(webhookMessages)
      const stop = () => Effect.runPromise(Fiber.interrupt(fiber))
      closing.push(stop)
      return { stop }
    }
    return { run: runtime.runPromise.bind(runtime), work }
  }
  const reached = ({ position }: { readonly position: bigint }) => network.reached(position)

  const create = async (process: ReturnType<typeof startProcess>, choices: Partial<WebhookChoices> = {}, path = "/hook", namespaceId: NamespaceId = NAMESPACE) => {
    const made = await process.run(createWebhook({ namespaceId, url: receiver.url + path, choices: { ...CHOICES, ...choices } }))
    await reached(made)
    return made
  }

  /** A job of this number ends as the ledger says it. */
  const endJob = async ({ run }: ReturnType<typeof startProcess>, n: number, { model = "m", reason = "completed" as "completed" | "failed" } = {}): Promise<void> => {
    const ids = { namespaceId: NAMESPACE, holdId: `hold_${uuid(n)}` as HoldId }
    const quote = { policyHash: "h", model, promptTokens: 3, maxOutputTokens: 7, inputRate: 1_000_000n, outputRate: 1_000_000n, operatorSharePercent: 50 }
    const meta = (what: string) => ({ commandId: `${what}-${n}`, correlationId: "c" })
    const request = { endpoint: "/v1/chat/completions", mode: "sync", durationMs: 12, latencyMs: 3 }
    await run(Effect.gen(function* () {
      const { handle } = yield* Commands
      yield* handle(creditLedger, NAMESPACE, { type: "GrantCredits", namespaceId: NAMESPACE, grantId: `g${n}`, amount: 100n, reason: "t", at: 1 }, meta("grant"))
      yield* handle(creditLedger, NAMESPACE, { type: "HoldCredits", ...ids, jobId: jobAt(n), keyId: keyAt(1), quote, minimumOutputTokens: 1, spendLimits: null, at: 2, expiresAt: 9 }, meta("hold"))
      const settled = yield* handle(creditLedger, NAMESPACE, { type: "SettleHold", ...ids, reason, completionTokens: 2, served: [], request, at: Date.now() }, meta("settle"))
      return settled
    })).then(reached)
  }

  const rows = async (text: string) => (await network.database.pool.query(text)).rows as readonly Readonly<Record<string, unknown>>[]
  return {
    content, startProcess, reached, create, endJob, rows,
    network: () => network,
    receiver: () => receiver,
  }
}
