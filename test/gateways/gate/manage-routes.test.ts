import { describe, expect, it } from "vitest"
import type { KeyLimits } from "#domain/api-key/index.ts"
import { gateGateway } from "#gateways/gate/gate-gateway.ts"
import { keyDigest } from "#infra/crypto/key-digest.ts"
import { memoryRateLimit } from "#infra/memory/rate-limit.ts"
import { managedAccounts, PEPPER } from "#test/support/managed-accounts.ts"
import { fakeAccount } from "./fake-account-deps.ts"

interface Reply {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly code: string | null
  readonly param: string | null
}

const start = async (limits: Partial<KeyLimits> = {}) => {
  const accounts = managedAccounts()
  const defects: unknown[] = []
  const app = gateGateway({
    environment: "testnet", manage: accounts.deps, account: fakeAccount, keys: accounts.deps.keys, digest: keyDigest([PEPPER]),
    limits: { rateLimit: memoryRateLimit(Date.now), perSecond: 0 },
    nodes: { isRegistered: async () => false }, credentials: { isUserKey: () => true, isSigned: async () => false, issue: async () => "" },
    counters: { increment: () => {} }, onDefect: (error) => void defects.push(error),
  })
  const own = await accounts.newAccount(limits)
  const other = await accounts.newAccount()
  const asking = (key: string) => async (call: string, payload?: object, idempotencyKey?: string): Promise<Reply> => {
    const [method = "GET", url = ""] = call.split(" ")
    const reply = await app.inject({
      method: method as "GET", url, ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
      headers: { authorization: `Bearer ${key}`, ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }) },
    })
    const body: Record<string, unknown> = reply.json()
    const error = (body["error"] ?? {}) as { readonly code?: string; readonly param?: string | null }
    expect(defects).toEqual([])
    return { status: reply.statusCode, body, code: error.code ?? null, param: error.param ?? null }
  }
  const refused = async (call: string, payload: object | undefined) => {
    const { status, code, param } = await asking(own.key)(call, payload)
    return [status, code, param]
  }
  return { app, own, other, ask: asking(own.key), askOther: asking(other.key), asking, refused }
}

describe("keys of an account", () => {
  it("are made with limits, shown whole once, and listed without their secrets", async () => {
    const { ask, own } = await start()
    const made = await ask("POST /v1/keys", { namespace: own.namespaceId, name: "ci", limits: { spend_per_day: "5000000", models: ["a"], expires_at: 1_900_000_000 } })
    expect(made.status).toBe(200)
    expect(made.body).toMatchObject({
      object: "api_key", namespace: own.namespaceId, name: "ci", right: "inference", mode: "test", created_by: own.keyId,
      limits: { requests_per_second: 60, spend_per_day: "5000000", models: ["a"], expires_at: 1_900_000_000, requests_per_minute: null },
    })
    expect(made.body["api_key"]).toMatch(/^rk_test_/)
    const shown = await ask(`GET /v1/keys/${String(made.body["id"])}`)
    const { api_key: _, created_by: __, ...rest } = made.body
    expect(shown.body).toMatchObject({ ...rest, created_at: expect.any(Number) as number })
    expect(JSON.stringify((await ask("GET /v1/keys")).body)).not.toContain(String(made.body["api_key"]).split("_")[3])
  })

  it("are one key for one Idempotency-Key, whose secret is not shown again; another body is refused", async () => {
    const { ask, own } = await start()
    const wanted = { namespace: own.namespaceId, name: "ci" }
    const both = await Promise.all([ask("POST /v1/keys", wanted, "one"), ask("POST /v1/keys", wanted, "one")])
    expect(new Set(both.map(({ body }) => body["id"])).size).toBe(1)
    expect(both.filter(({ body }) => body["api_key"] !== null)).toHaveLength(1)
    const other = await ask("POST /v1/keys", { ...wanted, name: "other" }, "one")
    expect([other.status, other.code]).toEqual([422, "idempotency_key_reused"])
    expect(await ask("POST /v1/keys", wanted, " ")).toMatchObject({ status: 400, param: "Idempotency-Key" })
  })

  it("give at most what they have", async () => {
    const { own, refused, ask } = await start({ requestsPerSecond: 10, spendPerDay: 100n, models: ["a", "b"] })
    const create = (limits: object, more: object = {}) => refused("POST /v1/keys", { namespace: own.namespaceId, limits, ...more })
    expect(await create({ requests_per_second: 11 })).toEqual([403, "insufficient_permissions", "limits.requests_per_second"])
    expect(await create({ spend_per_day: null })).toEqual([403, "insufficient_permissions", "limits.spend_per_day"])
    expect(await create({}, { mode: "live" })).toEqual([403, "insufficient_permissions", "mode"])
    const usual = await ask("POST /v1/keys", { namespace: own.namespaceId })
    expect(usual.body).toMatchObject({ limits: { requests_per_second: 10, spend_per_day: "100", models: ["a", "b"] } })
    expect(await refused(`PATCH /v1/keys/${own.keyId}`, { limits: { spend_per_day: "101" } })).toEqual([403, "insufficient_permissions", "limits.spend_per_day"])
  })

  it("are changed by name and limit; what is not named stays", async () => {
    const { ask, own, refused } = await start()
    const { body } = await ask("POST /v1/keys", { namespace: own.namespaceId, limits: { tokens_per_minute: 1_000 } })
    const path = `/v1/keys/${String(body["id"])}`
    const changed = await ask(`PATCH ${path}`, { name: "laptop", limits: { concurrent_requests: 4, requests_per_second: null } })
    expect(changed.body).toMatchObject({ name: "laptop", limits: { tokens_per_minute: 1_000, concurrent_requests: 4, requests_per_second: null } })
    expect(await refused(`PATCH ${path}`, { limits: { concurrent_requests: 0 } })).toEqual([400, "invalid_value", "limits.concurrent_requests"])
    expect((await refused(`PATCH ${path}`, { limits: { spend_per_week: "1" } }))[0]).toBe(400)
    expect((await refused(`PATCH ${path}`, { limits: { spend_per_day: 1 } }))[0]).toBe(400)
  })

  it("are rotated: a new key with the same limits, the old one for a while, and once", async () => {
    const { ask, own, asking } = await start()
    const old = await ask("POST /v1/keys", { namespace: own.namespaceId, right: "manage", limits: { spend_per_day: "7" } })
    const path = `/v1/keys/${String(old.body["id"])}`
    const rotated = await ask(`POST ${path}/rotate`, { overlap_seconds: 3_600 }, "once")
    expect(rotated.body).toMatchObject({ right: "manage", limits: { spend_per_day: "7" }, rotated_to: null, ends_at: null })
    const again = await ask(`POST ${path}/rotate`, { overlap_seconds: 3_600 }, "once")
    expect([again.body["id"], again.body["api_key"]]).toEqual([rotated.body["id"], null])
    expect([(await ask(`POST ${path}/rotate`)).status, (await ask(`POST ${path}/rotate`)).code]).toEqual([409, "api_key_rotated"])
    expect((await ask(`GET ${path}`)).body).toMatchObject({ rotated_to: rotated.body["id"], ends_at: expect.any(Number) as number })
    for (const key of [old.body["api_key"], rotated.body["api_key"]]) expect((await asking(String(key))("GET /v1/keys")).status).toBe(200)
  })

  it("that were rotated without an overlap are refused at once", async () => {
    const { ask, own, asking } = await start()
    const old = await ask("POST /v1/keys", { namespace: own.namespaceId, right: "manage" })
    await ask(`POST /v1/keys/${String(old.body["id"])}/rotate`, { overlap_seconds: 0 })
    expect((await asking(String(old.body["api_key"]))("GET /v1/keys")).status).toBe(401)
  })

  it("have no text that cannot be kept", async () => {
    const { own, refused } = await start()
    for (const text of ["a\u0000b", "\ud83e"]) {
      expect(await refused("POST /v1/keys", { namespace: own.namespaceId, name: text })).toEqual([400, "invalid_value", "name"])
      expect(await refused("POST /v1/keys", { namespace: own.namespaceId, limits: { models: ["a", text] } })).toEqual([400, "invalid_value", "limits.models[1]"])
      expect(await refused("POST /v1/namespaces", { name: text })).toEqual([400, "invalid_value", "name"])
    }
    expect((await refused("GET /v1/keys/a%00b", undefined))[0]).toBe(404)
  })

  it("are revoked, as often as that is asked", async () => {
    const { ask, own, asking } = await start()
    const made = await ask("POST /v1/keys", { namespace: own.namespaceId, right: "manage" })
    const path = `/v1/keys/${String(made.body["id"])}`
    for (let n = 0; n < 2; n += 1) expect((await ask(`DELETE ${path}`)).body).toMatchObject({ revoked_at: expect.any(Number) as number })
    expect((await asking(String(made.body["api_key"]))("GET /v1/keys")).status).toBe(401)
    expect((await ask(`PATCH ${path}`, { name: "late" })).code).toBe("api_key_revoked")
  })

  it("are listed in pages that end", async () => {
    const { ask, own } = await start()
    for (let n = 0; n < 4; n += 1) await ask("POST /v1/keys", { namespace: own.namespaceId, name: `k${n}` })
    const names: unknown[] = []
    let after = ""
    for (let pages = 0; pages < 3; pages += 1) {
      const { body } = await ask(`GET /v1/keys?limit=2${after}`)
      const data = body["data"] as readonly { readonly name: string }[]
      names.push(...data.map(({ name }) => name))
      expect(body["has_more"]).toBe(pages < 2)
      after = `&after=${String(body["last_id"])}`
    }
    expect(names).toEqual(["manager", "k0", "k1", "k2", "k3"])
  })

  it("of another account are not there", async () => {
    const { other, ask, own, askOther } = await start()
    for (const call of ["GET", "PATCH", "DELETE"]) expect((await ask(`${call} /v1/keys/${other.keyId}`, call === "PATCH" ? { name: "x" } : undefined)).status).toBe(404)
    expect((await ask(`POST /v1/keys/${other.keyId}/rotate`, {})).status).toBe(404)
    expect((await ask("POST /v1/keys", { namespace: other.namespaceId })).code).toBe("namespace_not_found")
    expect((await askOther(`GET /v1/keys/${own.keyId}`)).status).toBe(404)
    expect((await ask(`GET /v1/keys?namespace=${other.namespaceId}`)).body["data"]).toEqual([])
  })

  it("for inference manage nothing", async () => {
    const { ask, own, asking } = await start()
    const { body } = await ask("POST /v1/keys", { namespace: own.namespaceId })
    expect(await asking(String(body["api_key"]))("GET /v1/keys")).toMatchObject({ status: 403, code: "insufficient_permissions" })
  })
})

describe("namespaces of an account", () => {
  it("are made, changed and listed", async () => {
    const { ask, refused } = await start()
    const made = await ask("POST /v1/namespaces", { name: "prod", retention_days: 0 })
    expect(made.body).toMatchObject({ object: "namespace", name: "prod", retention_days: 0 })
    const path = `/v1/namespaces/${String(made.body["id"])}`
    expect((await ask(`PATCH ${path}`, { name: "live", retention_days: 365 })).body).toMatchObject({ name: "live", retention_days: 365 })
    expect(await refused(`PATCH ${path}`, { name: "no spaces" })).toEqual([400, "invalid_value", "name"])
    expect((await refused(`PATCH ${path}`, { retention_days: 366 }))[0]).toBe(400)
    expect(((await ask("GET /v1/namespaces")).body["data"] as readonly { readonly name: string }[]).map(({ name }) => name)).toEqual(["main", "live"])
  })

  it("are one for one Idempotency-Key", async () => {
    const { ask, askOther } = await start()
    const [one, two] = await Promise.all([ask("POST /v1/namespaces", { name: "prod" }, "k"), ask("POST /v1/namespaces", { name: "prod" }, "k")])
    expect(one?.body["id"]).toBe(two?.body["id"])
    expect((await ask("POST /v1/namespaces", { name: "other" }, "k")).status).toBe(422)
    expect((await askOther("POST /v1/namespaces", { name: "prod" }, "k")).body["id"]).not.toBe(one?.body["id"])
  })

  it("keep the retention that was chosen since when they are asked for again", async () => {
    const { ask } = await start()
    const made = await ask("POST /v1/namespaces", { name: "prod", retention_days: 0 }, "k")
    expect(made.body).toMatchObject({ retention_days: 0 })
    await ask(`PATCH /v1/namespaces/${String(made.body["id"])}`, { retention_days: 365 })
    expect((await ask("POST /v1/namespaces", { name: "prod", retention_days: 0 }, "k")).body).toMatchObject({ retention_days: 365 })
  })

  it("have a balance, and credits move between them, once for one Idempotency-Key", async () => {
    const { ask, own, other, refused } = await start()
    const { body } = await ask("POST /v1/namespaces", { name: "prod" })
    const [from, to] = [`/v1/namespaces/${own.namespaceId}`, String(body["id"])]
    for (let n = 0; n < 3; n += 1) expect((await ask(`POST ${from}/transfers`, { to, amount: "30" }, "t")).body).toMatchObject({ amount: "30", status: "arrived" })
    expect((await ask(`GET ${from}/balance`)).body).toMatchObject({ available: "70", granted: "100", transferred: "-30" })
    expect((await ask(`GET /v1/namespaces/${to}/balance`)).body).toMatchObject({ available: "30" })
    expect((await ask(`POST ${from}/transfers`, { to, amount: "31" }, "t")).code).toBe("idempotency_key_reused")
    expect(await refused(`POST ${from}/transfers`, { to, amount: "71" })).toEqual([409, "insufficient_credits", null])
    expect(await refused(`POST ${from}/transfers`, { to: other.namespaceId, amount: "1" })).toEqual([404, "namespace_not_found", "to"])
    expect(await refused(`POST ${from}/transfers`, { to: own.namespaceId, amount: "1" })).toEqual([400, "invalid_value", "to"])
    expect(await refused(`POST ${from}/transfers`, { to, amount: "0" })).toEqual([400, "invalid_value", "amount"])
    expect((await ask(`GET ${from}/balance`)).body).toMatchObject({ available: "70" })
  })

  it("are deleted when they have neither keys nor credits, and are gone then", async () => {
    const { ask, own } = await start()
    const { body } = await ask("POST /v1/namespaces", { name: "prod" })
    const path = `/v1/namespaces/${String(body["id"])}`
    const key = await ask("POST /v1/keys", { namespace: body["id"] })
    await ask(`POST /v1/namespaces/${own.namespaceId}/transfers`, { to: body["id"], amount: "5" })
    expect((await ask(`DELETE ${path}`)).code).toBe("namespace_has_keys")
    await ask(`DELETE /v1/keys/${String(key.body["id"])}`)
    expect((await ask(`DELETE ${path}`)).code).toBe("namespace_not_empty")
    await ask(`POST ${path}/transfers`, { to: own.namespaceId, amount: "5" })
    expect((await ask(`DELETE ${path}`)).body).toEqual({ object: "namespace", id: body["id"], deleted: true })
    for (const call of ["GET", "DELETE"]) expect((await ask(`${call} ${path}`)).status).toBe(404)
    expect((await ask("POST /v1/keys", { namespace: body["id"] })).status).toBe(404)
  })

  it("of another account are not there", async () => {
    const { ask, other } = await start()
    const path = `/v1/namespaces/${other.namespaceId}`
    for (const call of [`GET ${path}`, `DELETE ${path}`, `GET ${path}/balance`]) expect((await ask(call)).status, call).toBe(404)
    expect((await ask(`PATCH ${path}`, { name: "mine" })).status).toBe(404)
    expect((await ask(`POST ${path}/transfers`, { to: other.namespaceId, amount: "1" })).status).toBe(404)
  })
})
