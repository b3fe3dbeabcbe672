import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { namespaceQueries } from "#projections/namespaces/query.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { appendTogether } from "../projections/append-all.ts"
import { openReadModels, type PostgresReadModels } from "../projections/postgres-network.ts"
import { seeded, workload } from "../projections/workload.ts"
import { namespaceAt } from "../projections/workload-world.ts"

const history = workload(seeded(7), 100)

let network: PostgresReadModels
beforeEach(async () => {
  network = await openReadModels()
})
afterEach(() => network.close())

describe("events that Postgres cannot hold", () => {
  test("for a NUL or half a surrogate pair stop nothing: their text is shown with U+FFFD", async () => {
    const stops: string[] = []
    const observer = { ...silentObserver, stopped: (stop: { readonly projection: string }) => void stops.push(stop.projection) }
    const data = { namespaceId: namespaceAt(8), accountId: "acct_00000000-0000-7000-8000-000000000001", name: "nul\u0000 half\ud83e", at: 1 }
    const nul = { id: crypto.randomUUID(), type: "NamespaceCreated", data, meta: { commandId: "c", correlationId: "c" } }
    await Effect.runPromise(network.store.append({ stream: "namespace-nul", expectedRevision: -1, events: [nul] }))
    await network.catchUp(observer)
    expect(stops).toEqual([])
    expect(await namespaceQueries(network.live).find(namespaceAt(8))).toMatchObject({ name: "nul\ufffd half\ufffd" })
    expect(await network.verify()).toMatchObject({ equal: true })
  })

  test("stop their projection with an alarm, keep its checkpoint, and let the others pass", async () => {
    const stops: string[] = []
    const observer = { ...silentObserver, stopped: (stop: { readonly projection: string }) => void stops.push(stop.projection) }
    await appendTogether(network.store, history.slice(0, 20))
    const [namespaceId, amount] = [namespaceAt(9), String(2n ** 70n)]
    const postings = [{ account: `credits:${namespaceId}:available`, amount }, { account: "credits:grants", amount: `-${amount}` }]
    const data = { namespaceId, grantId: "g", amount, reason: "", postings, at: 1 }
    const meta = { commandId: "c", correlationId: "c" }
    const poison = { id: crypto.randomUUID(), type: "CreditsGranted", data, meta }
    await Effect.runPromise(network.store.append({ stream: "ledger-poison", expectedRevision: -1, events: [poison] }))
    await network.catchUp(observer)
    await network.reached(21n, ["namespaces", "jobs", "nodes"])
    expect(stops).toContain("balances")
    expect((await Effect.runPromise(network.sink.positions(network.audit.projections))).get("balances")).toBe(20n)
  })
})
