import { describe, expect, it } from "vitest"
import { type KeyLimits, NO_LIMITS } from "#domain/api-key/index.ts"
import { SpendLimitReached } from "#commands/job/place-hold.ts"
import { Effect } from "effect"
import { memoryPlaces } from "#infra/memory/places.ts"
import { memoryRateLimit } from "#infra/memory/rate-limit.ts"
import { keyAccess } from "#test/support/key-access.ts"
import { answering, ASK, fakeNetwork, GOOD_KEY, GOOD_RECORD, keysOf, MODEL, silent, startGateway, until } from "./fake-network.ts"

const limited = async (limits: Partial<KeyLimits>, more: Parameters<typeof startGateway>[1] = {}) => {
  const clock = { now: Date.now() }
  const counted = { rateLimit: memoryRateLimit(() => clock.now), places: memoryPlaces(), perSecond: 0 }
  const network = fakeNetwork()
  const gateway = await startGateway(network, { limits: counted, keys: keysOf({ ...NO_LIMITS, ...limits }), now: () => clock.now, ...more })
  return { clock, ...gateway }
}
const refusal = async (reply: Response) => ({ status: reply.status, error: ((await reply.json()) as { readonly error: object }).error })
const LOOPBACK = { exposure: { corsOrigins: [], trustedProxies: ["127.0.0.1"] } }

describe("a key's requests a minute", () => {
  it("are counted beside those a second, and the client hears of the one that stops it first", async () => {
    const { post } = await limited({ requestsPerSecond: 5, requestsPerMinute: 3 })
    const headers = (await post(ASK)).headers
    expect(["limit", "remaining", "reset"].map((what) => headers.get(`x-ratelimit-${what}-requests`))).toEqual(["3", "2", "20s"])
    for (let n = 0; n < 2; n += 1) expect((await post(ASK)).status).toBe(200)
    const refused = await post(ASK)
    expect([refused.headers.get("retry-after"), refused.headers.get("x-ratelimit-reset-requests")]).toEqual(["20", "1m0s"])
    expect(await refusal(refused)).toMatchObject({ status: 429, error: { code: "rate_limit_exceeded", message: expect.stringContaining("3 times a minute") as string } })
  })
})

describe("a key's tokens a minute", () => {
  it("are taken for prompt and longest output, and what was not used is given back", async () => {
    const { post, network } = await limited({ tokensPerMinute: 100 })
    const { headers } = await post({ ...ASK, max_tokens: 40 })
    expect(["limit", "remaining"].map((what) => headers.get(`x-ratelimit-${what}-tokens`))).toEqual(["100", "55"])
    await until(() => network.counted.get("key_tokens_corrected_total") === 1)
    // 5 for the prompt and 2 for the answer remain taken.
    expect((await post({ ...ASK, max_tokens: 88 })).headers.get("x-ratelimit-remaining-tokens")).toBe("0")
  })

  it("refuse what does not fit now with the time when it does, and never ask the network for it", async () => {
    const { post, network } = await limited({ tokensPerMinute: 100 })
    network.script = silent
    void post({ ...ASK, max_tokens: 90 }).catch(() => null)
    await until(() => network.submitted.length === 1)
    const refused = await post({ ...ASK, max_tokens: 60 })
    expect(refused.headers.get("retry-after")).toBe("36")
    expect(await refusal(refused)).toMatchObject({ status: 429, error: { type: "tokens", code: "rate_limit_exceeded" } })
    expect(network.submitted).toHaveLength(1)
  })

  it("never fit what is more than a minute's, and say that trying again does not help", async () => {
    const { post } = await limited({ tokensPerMinute: 50 })
    const refused = await post({ ...ASK, max_tokens: 60 })
    expect([refused.status, refused.headers.get("x-should-retry"), refused.headers.get("retry-after")]).toEqual([429, "false", null])
  })

  it("let through who names no output, and count what came of it", async () => {
    const { post, network } = await limited({ tokensPerMinute: 50 })
    expect((await post(ASK)).status).toBe(200)
    await until(() => network.counted.get("key_tokens_corrected_total") === 1)
    expect((await post({ ...ASK, max_tokens: 38 })).status).toBe(200)
  })
})

describe("a key's concurrent requests", () => {
  it("are as many as it says, whether they are answered or their client leaves", async () => {
    const { post, network, url } = await limited({ concurrentRequests: 2 })
    network.script = silent
    const gone = new AbortController()
    const ask = () => fetch(`${url}/v1/chat/completions`, {
      method: "POST", signal: gone.signal, body: JSON.stringify(ASK),
      headers: { "content-type": "application/json", authorization: `Bearer ${GOOD_KEY}` },
    }).catch(() => null)
    const waiting = [ask(), ask()]
    await until(() => network.submitted.length === 2)
    expect(await refusal(await post(ASK))).toMatchObject({ status: 429, error: { message: expect.stringContaining("2 requests under way") as string } })
    gone.abort()
    await Promise.all(waiting)
    network.script = answering("ok")
    await until(() => network.cancelled.length === 2)
    expect((await post(ASK)).status).toBe(200)
    expect((await post(ASK)).status).toBe(200)
  })
})

describe("a key with rules", () => {
  it("asks the models on its list only", async () => {
    const { post, network } = await limited({ models: ["other"] })
    expect(await refusal(await post(ASK))).toMatchObject({ status: 403, error: { type: "permission_error", code: "insufficient_permissions", param: "model" } })
    expect(network.submitted).toEqual([])
    expect((await (await limited({ models: [MODEL] })).post(ASK)).status).toBe(200)
  })

  it("uses the endpoints on its list only", async () => {
    const { post, client } = await limited({ endpoints: ["/v1/models"] })
    expect(await refusal(await post(ASK))).toMatchObject({ status: 403, error: { code: "insufficient_permissions" } })
    expect((await client.models.list()).data).not.toHaveLength(0)
  })

  it("comes from its addresses only, as a trusted proxy says and nobody else", async () => {
    const ranges = { ipRanges: ["203.0.113.0/24", "2001:db8::/32"] }
    const behindProxy = await limited(ranges, LOOPBACK)
    for (const address of ["203.0.113.9", "2001:db8::1", "198.51.100.1, 203.0.113.9"]) {
      expect((await behindProxy.post(ASK, { "x-forwarded-for": address })).status, address).toBe(200)
    }
    for (const address of ["198.51.100.1", "203.0.113.9, 198.51.100.1"]) {
      expect(await refusal(await behindProxy.post(ASK, { "x-forwarded-for": address })), address).toMatchObject({ status: 403, error: { code: "ip_not_allowed" } })
    }
    const direct = await limited(ranges)
    expect((await direct.post(ASK, { "x-forwarded-for": "203.0.113.9" })).status).toBe(403)
  })

  it("is refused once it has expired, was rotated out, or its namespace was deleted", async () => {
    const past = Date.now() - 1
    const find = (access: Partial<ReturnType<typeof keyAccess>>) => ({ keys: { find: async () => ({ ...GOOD_RECORD, access: keyAccess(GOOD_RECORD.keyId, access) }) } })
    const expired = await limited({ expiresAt: past })
    expect(await refusal(await expired.post(ASK))).toMatchObject({ status: 401, error: { code: "invalid_api_key", message: expect.stringContaining("expired") as string } })
    const rotated = await limited({}, find({ endsAt: past }))
    expect(await refusal(await rotated.post(ASK))).toMatchObject({ status: 401, error: { message: expect.stringContaining("rotated") as string } })
    const overlapping = await limited({}, find({ endsAt: past + 60_000 }))
    expect((await overlapping.post(ASK)).status).toBe(200)
    const deleted = await limited({}, find({ namespaceDeletedAt: past }))
    expect(await refusal(await deleted.post(ASK))).toMatchObject({ status: 403, error: { code: "namespace_deleted" } })
  })

  it("that manages asks no models", async () => {
    const manager = await limited({}, { keys: { find: async () => ({ ...GOOD_RECORD, access: keyAccess(GOOD_RECORD.keyId, { right: "manage" }) }) } })
    expect(await refusal(await manager.post(ASK))).toMatchObject({ status: 403, error: { code: "insufficient_permissions" } })
  })
})

describe("a key's spending limits", () => {
  it("reach the ledger with the hold, and count for the whole line of rotated keys", async () => {
    const { post, network } = await limited({ spendPerDay: 5n, spendPerMonth: 9n })
    await post(ASK)
    expect(network.submitted[0]?.spendLimits).toEqual({ rootKeyId: GOOD_RECORD.keyId, perDay: 5n, perMonth: 9n })
  })

  it("that are reached are told as insufficient quota, not to be tried again", async () => {
    const { post, network } = await limited({ spendPerDay: 5n })
    network.submit = () => Effect.fail(new SpendLimitReached({ period: "day", limit: 5n, settled: 4n, held: 0n, required: 3n }))
    const refused = await post(ASK)
    expect(refused.headers.get("x-should-retry")).toBe("false")
    expect(await refusal(refused)).toMatchObject({
      status: 429, error: { type: "insufficient_quota", code: "insufficient_quota", message: expect.stringContaining("5 micro-credits a day") as string },
    })
  })
})
