import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, eventually, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

interface Key {
  readonly api_key: string
  readonly key_id: string
  readonly namespace_id: string
}

const PARALLEL = 200
const ASK = { model: "tiny-chat", temperature: 0, max_tokens: 3, messages: [{ role: "user", content: "Count to 20." }] }
/** A busy machine takes its time for 200 answers. */
const RACE_MS = 120_000

describe("keys with limits, on a network that runs", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  const base = () => String(up.ready["base_url"])

  const ask = (key: { readonly api_key: string }, body: object = ASK): Promise<Response> =>
    fetch(`${base()}/chat/completions`, {
      method: "POST", headers: { authorization: `Bearer ${key.api_key}`, "content-type": "application/json" }, body: JSON.stringify(body),
    })
  const manage = async (key: { readonly api_key: string }, method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key.api_key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) }
    const reply = await fetch(`${base()}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    return { status: reply.status, body: (await reply.json()) as Readonly<Record<string, unknown>> }
  }
  const newKey = (...options: readonly string[]) => resultityJson<Key>("keys", "create", "--data", data, ...options)
  const spent = async (namespace: string) => {
    const { held, spent: total } = await resultityJson<{ readonly held: string; readonly spent: string }>("credits", "balance", "--namespace", namespace, "--data", data)
    expect(held).toBe("0")
    return BigInt(total)
  }

  beforeAll(async () => {
    data = await temporaryFolder()
    folders.push(data)
    up = await start("up", "--port", "0", "--slots", "8", "--data", data)
  })
  afterAll(() => cleanUp(folders))

  it("a day's limit for K answers admits exactly K of 200 at once, and another key of the namespace goes on", { timeout: RACE_MS }, async () => {
    const priced = await newKey("--new-namespace", "price", "--credits", "1000000")
    expect((await ask(priced)).status).toBe(200)
    const cost = await eventually(async () => {
      const one = await spent(priced.namespace_id)
      expect(one).toBeGreaterThan(0n)
      return one
    })
    const unlimited = ["--requests-per-second", "none"]
    const capped = await newKey("--new-namespace", "capped", "--credits", "1000000", ...unlimited, "--spend-per-day", String(cost * 23n))
    const replies = await Promise.all(Array.from({ length: PARALLEL }, () => ask(capped)))
    const bodies = await Promise.all(replies.map((reply) => reply.json() as Promise<{ readonly error?: { readonly code: string; readonly message: string } }>))
    const refused = bodies.filter((_, index) => replies[index]?.status !== 200)
    expect({ admitted: PARALLEL - refused.length, codes: [...new Set(refused.map(({ error }) => error?.code))] }).toEqual({ admitted: 23, codes: ["insufficient_quota"] })
    expect(refused[0]?.error?.message).toContain("a day (UTC)")
    await eventually(async () => expect(await spent(capped.namespace_id)).toBe(cost * 23n))
    const other = await newKey("--namespace", capped.namespace_id, ...unlimited)
    expect((await ask(other)).status).toBe(200)
  })

  it("a revoked key is refused within five seconds, and so is one that was rotated without an overlap", { timeout: RACE_MS }, async () => {
    const revoked = await newKey("--new-namespace", "revoked", "--credits", "1000000", "--requests-per-second", "none")
    expect((await ask(revoked)).status).toBe(200)
    expect((await resultity("keys", "revoke", revoked.key_id, "--data", data)).code).toBe(0)
    const from = performance.now()
    await eventually(async () => expect((await ask(revoked, {})).status).toBe(401), 5_000)
    console.log(`refused ${Math.round(performance.now() - from)} ms after the command`)
    const old = await newKey("--namespace", revoked.namespace_id)
    const next = await resultityJson<Key>("keys", "rotate", old.key_id, "--overlap-hours", "0", "--data", data)
    await eventually(async () => expect((await ask(old, {})).status).toBe(401), 5_000)
    await eventually(async () => expect((await ask(next)).status).toBe(200))
  })

  it("a key that manages makes, limits and revokes keys and namespaces on the same port, and asks no models", { timeout: RACE_MS }, async () => {
    const manager = await newKey("--new-namespace", "managed", "--credits", "1000000", "--manage")
    expect((await ask(manager)).status).toBe(403)
    const namespace = await manage(manager, "POST", "/namespaces", { name: "prod" })
    expect(namespace.status).toBe(200)
    const to = String(namespace.body["id"])
    expect((await manage(manager, "POST", `/namespaces/${manager.namespace_id}/transfers`, { to, amount: "500000" })).body).toMatchObject({ status: "arrived" })
    const made = await manage(manager, "POST", "/keys", { namespace: to, limits: { models: ["tiny-chat"] } })
    const key = { api_key: String(made.body["api_key"]) }
    expect((await ask(key)).status).toBe(200)
    const id = String(made.body["id"])
    expect((await manage(manager, "PATCH", `/keys/${id}`, { limits: { models: ["another"] } })).body).toMatchObject({ limits: { models: ["another"] } })
    await eventually(async () => expect((await ask(key)).status).toBe(403), 5_000)
    expect((await manage(manager, "DELETE", `/keys/${id}`)).status).toBe(200)
    await eventually(async () => expect((await ask(key)).status).toBe(401), 5_000)
    await eventually(async () => expect((await manage(manager, "GET", `/namespaces/${to}/balance`)).body).toMatchObject({ held: "0" }))
    const { body } = await manage(manager, "GET", `/namespaces/${to}/balance`)
    await manage(manager, "POST", `/namespaces/${to}/transfers`, { to: manager.namespace_id, amount: String(body["available"]) })
    expect((await manage(manager, "DELETE", `/namespaces/${to}`)).body).toMatchObject({ deleted: true })
    expect((await manage(manager, "GET", `/namespaces/${to}`)).status).toBe(404)
  })

  it("the command line shows what there is, for people and for scripts", { timeout: RACE_MS }, async () => {
    const key = await newKey("--new-namespace", "shown", "--credits", "7", "--spend-per-month", "9", "--ip-ranges", "10.0.0.0/8")
    const shown = await resultity("keys", "show", key.key_id, "--data", data)
    expect(shown.stdout).toContain("Spend per month      0.000009 credits")
    const limited = await resultityJson<{ readonly limits: object }>("keys", "limits", key.key_id, "--tokens-per-minute", "100", "--ip-ranges", "none", "--data", data)
    expect(limited.limits).toMatchObject({ tokensPerMinute: 100, ipRanges: null, spendPerMonth: "9", requestsPerSecond: 60 })
    const renamed = await resultityJson<object>("namespaces", "rename", key.namespace_id, "prod", "--data", data)
    expect(renamed).toMatchObject({ name: "prod", activeKeys: 1, balance: { available: "7" } })
    expect(await resultityJson("namespaces", "retention", key.namespace_id, "0", "--data", data)).toMatchObject({ retentionDays: 0 })
    const refused = await resultity("namespaces", "delete", key.namespace_id, "--data", data)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("active keys 1")])
    const { accountId } = await resultityJson<{ readonly accountId: string }>("namespaces", "show", key.namespace_id, "--data", data)
    const other = await resultityJson<{ readonly namespace_id: string }>("namespaces", "create", "other", "--account", accountId, "--data", data)
    await resultityJson("credits", "transfer", "--from", key.namespace_id, "--to", other.namespace_id, "--amount", "7", "--data", data)
    await resultity("keys", "revoke", key.key_id, "--data", data)
    expect(await resultityJson("namespaces", "delete", key.namespace_id, "--data", data)).toMatchObject({ deleted: true })
  })
})
