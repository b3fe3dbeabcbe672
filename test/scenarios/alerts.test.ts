import { Effect, Layer } from "effect"
import { expect, test } from "vitest"
import { defineLowBalance } from "#commands/alert/define-low-balance.ts"
import { AlertWatch } from "#commands/ports/alert-watch.ts"
import { Presence } from "#commands/ports/presence.ts"
import { alertRound } from "#commands/workflows/alerts.ts"
import { alertWatchOf } from "#infra/main/adapters/alert-watch-of.ts"
import { memoryPresence } from "#infra/memory/presence.ts"
import { alertQueries } from "#projections/alerts/query.ts"
import { nodeIdAt, sessionIdAt } from "#test/support/memory-network.ts"
import { NAMESPACE, useWebhookProcesses } from "./webhook-processes.ts"

const { startProcess, create, endJob, network, receiver } = useWebhookProcesses()

const presence = memoryPresence()

/** One look at the read models as they are once everything is in them. */
const look = async (process: ReturnType<typeof startProcess>): Promise<void> => {
  const services = Layer.mergeAll(Layer.succeed(AlertWatch, alertWatchOf(network().live)), Layer.succeed(Presence, presence))
  await process.run(Effect.provide(alertRound, services))
  await network().reached(await Effect.runPromise(network().feed.head))
}

const open = async () => (await alertQueries(network().live).list({ namespaceIds: [NAMESPACE], state: "open", limit: 10, after: null })).map(({ kind, subject }) => `${kind} ${subject}`)

test("what goes on is raised once, told to webhooks, shown, and resolved when it is over", async () => {
  const process = startProcess()
  await create(process, { types: ["alert.raised", "alert.resolved"] })
  await create(process, { types: ["balance.low"] }, "/low")
  await endJob(process, 1)
  process.work()
  await look(process)
  await look(process)
  // 100 micro-credits are less than one credit, and no node offers the model.
  expect((await open()).toSorted()).toEqual(["low_balance ", "model_unavailable m"])
  const raised = await receiver().eventually(3)
  const told = raised.map(({ path, body }) => `${path} ${(JSON.parse(body) as { readonly type: string }).type}`)
  expect(told.toSorted()).toEqual(["/hook alert.raised", "/hook balance.low", "/low balance.low"])
  const nodeId = nodeIdAt(1)
  presence.announce({
    nodeId, sessionId: sessionIdAt(1), environment: "testnet", payee: nodeId, slots: 1, lastSeenAt: Date.now(), tokensPerSecond: 1,
    models: [{ name: "m", hash: "0".repeat(64), contextLength: 512 }],
  })
  await network().reached(await process.run(defineLowBalance({ namespaceId: NAMESPACE, amount: 50n })).then(({ position }) => position))
  await look(process)
  await look(process)
  expect(await open()).toEqual([])
  const all = await receiver().eventually(5)
  expect(all.slice(3).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    expect.objectContaining({ type: "alert.resolved" }), expect.objectContaining({ type: "alert.resolved" }),
  ])
  const shown = await alertQueries(network().live).list({ namespaceIds: [NAMESPACE], state: "resolved", limit: 1, after: null })
  expect(shown).toHaveLength(1)
  const rest = await alertQueries(network().live).list({ namespaceIds: [NAMESPACE], state: "resolved", limit: 5, after: shown[0]?.alertId ?? "" })
  expect(rest).toHaveLength(1)
})

test("an outage of the model's nodes is seen in the share of requests that fail", async () => {
  const process = startProcess()
  for (let n = 1; n <= 24; n++) await endJob(process, n, { reason: n % 2 === 0 ? "failed" : "completed" })
  await look(process)
  expect(await open()).toContain("error_rate ")
})
