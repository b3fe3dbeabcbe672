import { describe, expect, it } from "vitest"
import { newSessionId } from "#commands/ids.ts"
import { NodeId } from "#domain/kernel/ids.ts"
import { adminGateway } from "#gateways/admin/admin-gateway.ts"
import type { Readiness } from "#gateways/admin/readiness-route.ts"

const nodeId = NodeId.make(`0x${"cd".repeat(20)}`)

const well = { ready: true, checks: { postgres: "ok" } }

const admin = (readiness: Readiness = well) => {
  const counted: string[] = []
  const app = adminGateway({
    token: "letmein",
    presence: {
      online: () => [
        { nodeId, sessionId: newSessionId(), environment: "testnet", payee: "p", models: [], slots: 1, lastSeenAt: 1, tokensPerSecond: 2 },
      ],
    },
    counters: { increment: (name, reason) => counted.push(`${name}/${reason}`) },
    snapshot: {
      read: () => [
        { name: "b_total", reason: 'odd "reason"', value: 2 },
        { name: "a_total", reason: null, value: 1 },
        { name: "b_total", reason: "plain", value: 3 },
      ],
    },
    metrics: async () => "# TYPE seconds gauge\nseconds 3\n",
    readiness: async () => readiness,
    onDefect: () => {},
  })
  const get = (url: string, token?: string) =>
    app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  return { get, counted }
}

describe("the admin gateway", () => {
  it("says that it is well to anyone", async () => {
    expect((await admin().get("/healthz")).json()).toEqual({ status: "ok" })
  })

  it("tells anyone whether it is ready, with 503 and what is wrong when it is not", async () => {
    const unwell = { ready: false, checks: { postgres: "ok", nats: "no answer within 2 s" } }
    const [ready, notReady] = [await admin().get("/readyz"), await admin(unwell).get("/readyz")]
    expect([ready.statusCode, ready.json()]).toEqual([200, well])
    expect([notReady.statusCode, notReady.json()]).toEqual([503, unwell])
    expect((await admin(unwell).get("/healthz")).statusCode).toBe(200)
  })

  it.each([["/metrics"], ["/nodes"]])("keeps %s from those without the token", async (url) => {
    const { get, counted } = admin()
    for (const response of [await get(url), await get(url, "letmeout"), await get(url, "")]) {
      expect(response.statusCode).toBe(401)
      expect(response.json()).toHaveProperty("error.code", "invalid_api_key")
    }
    expect(counted).toHaveLength(3)
  })

  it("shows counters and everything else that is measured in the Prometheus text format", async () => {
    const response = await admin().get("/metrics", "letmein")
    expect(response.headers["content-type"]).toContain("text/plain; version=0.0.4")
    expect(response.body).toBe(
      '# TYPE a_total counter\na_total 1\n# TYPE b_total counter\nb_total{reason="odd \\"reason\\""} 2\nb_total{reason="plain"} 3\n' +
        "\n# TYPE seconds gauge\nseconds 3\n",
    )
  })

  it("shows the nodes that are online", async () => {
    expect((await admin().get("/nodes", "letmein")).json()).toMatchObject({ nodes: [{ nodeId }] })
  })

  it("does not start without a token", () => {
    expect(() =>
      adminGateway({
        token: "", presence: { online: () => [] }, counters: { increment: () => {} }, snapshot: { read: () => [] },
        metrics: async () => "", readiness: async () => well, onDefect: () => {},
      }),
    ).toThrow("token")
  })
})
