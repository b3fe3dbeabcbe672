import { describe, expect, it } from "vitest"
import { newSessionId } from "#commands/ids.ts"
import type { NodePresence } from "#commands/ports/presence.ts"
import { NodeId } from "#domain/kernel/ids.ts"
import { CACHE_MS, statusGateway } from "#gateways/status/status-gateway.ts"

const node = (n: number, names: readonly string[], changes: Partial<NodePresence> = {}): NodePresence => ({
  nodeId: NodeId.make(`0x${String(n).padStart(40, "0")}`), sessionId: newSessionId(), environment: "testnet", payee: "somebody",
  models: names.map((name) => ({ name, hash: "00", contextLength: 512 })), slots: 2, lastSeenAt: 1, tokensPerSecond: 10.4, ...changes,
})

const status = (online: readonly NodePresence[] = []) => {
  const state = { online, now: 1_000_000, asked: 0 }
  const app = statusGateway({
    environment: "testnet", counters: { increment: () => {} }, onDefect: () => {}, now: () => state.now,
    presence: {
      online: () => {
        state.asked += 1
        return state.online
      },
    },
  })
  return { state, get: (url = "/v1/status") => app.inject({ url }) }
}

describe("the status gateway", () => {
  it("says how many nodes serve which models, without naming anybody", async () => {
    const { get } = status([node(1, ["b", "a"]), node(2, ["a"]), node(3, ["c"], { environment: "mainnet" })])
    const response = await get()
    expect(response.json()).toEqual({
      environment: "testnet", status: "ok", nodes_online: 2, as_of: 1_000_000,
      models: [{ model: "a", nodes: 2, slots: 4, tokens_per_second: 21 }, { model: "b", nodes: 1, slots: 2, tokens_per_second: 10 }],
    })
    expect(response.body).not.toMatch(/0x|somebody|sess_/)
  })

  it("says that nobody serves a model", async () => {
    expect((await status().get()).json()).toMatchObject({ status: "degraded", nodes_online: 0, models: [] })
  })

  it("makes its answer once for all who ask within two seconds, and tells caches so", async () => {
    const { state, get } = status([node(1, ["a"])])
    await get()
    state.now += CACHE_MS - 1
    const response = await get()
    expect([state.asked, response.headers["cache-control"], response.headers["access-control-allow-origin"]]).toEqual([1, "public, max-age=2", "*"])
    state.now += 1
    await get()
    expect(state.asked).toBe(2)
  })

  it.each([["POST", "/v1/status", 405], ["GET", "/v1/nodes", 404]] as const)("refuses %s %s with %i", async (method, url, code) => {
    const app = statusGateway({ environment: "testnet", counters: { increment: () => {} }, onDefect: () => {}, presence: { online: () => [] } })
    expect((await app.inject({ method, url })).statusCode).toBe(code)
  })
})
