import { describe, expect, it } from "vitest"
import { newRequestId } from "#commands/ids.ts"
import { memoryPlaces } from "#infra/memory/places.ts"
import { memoryRateLimit } from "#infra/memory/rate-limit.ts"
import { ASK, GOOD_KEY, keysOf, startGateway } from "./fake-network.ts"

const limited = async (perSecond: number) => {
  const clock = { now: 1_000_000 }
  const rateLimit = memoryRateLimit(() => clock.now)
  return { clock, ...(await startGateway(undefined, { limits: { rateLimit, perSecond, places: memoryPlaces() }, keys: keysOf(null) })) }
}

describe("a key that may ask so many times a second", () => {
  it("asks twice that at once after a pause, then hears when to come back", async () => {
    const { post, network } = await limited(2)
    const statuses = []
    for (let n = 0; n < 5; n += 1) statuses.push((await post(ASK)).status)
    expect(statuses).toEqual([200, 200, 200, 200, 429])
    const refused = await post(ASK)
    expect(await refused.json()).toMatchObject({
      error: { type: "rate_limit_error", code: "rate_limit_exceeded", message: expect.stringContaining("in 500ms") as string },
    })
    expect(refused.headers.get("retry-after")).toBe("1")
    expect(network.submitted).toHaveLength(4)
  })

  it("is told what is left, as by OpenAI", async () => {
    const { post } = await limited(2)
    const { headers } = await post(ASK)
    expect(["limit", "remaining", "reset"].map((what) => headers.get(`x-ratelimit-${what}-requests`))).toEqual(["2", "3", "500ms"])
  })

  it("may ask again when its time has come", async () => {
    const { post, clock } = await limited(1)
    for (let n = 0; n < 2; n += 1) expect((await post(ASK)).status).toBe(200)
    expect((await post(ASK)).status).toBe(429)
    clock.now += 1_000
    expect((await post(ASK)).status).toBe(200)
  })

  it("asks for a stream again within it", async () => {
    const { url } = await limited(1)
    const ask = () => fetch(`${url}/v1/requests/${newRequestId()}/stream`, { headers: { authorization: `Bearer ${GOOD_KEY}` } })
    for (let n = 0; n < 2; n += 1) expect((await ask()).status).toBe(404)
    expect((await ask()).status).toBe(429)
  })

  it("looks at models for nothing", async () => {
    const { client } = await limited(1)
    for (let n = 0; n < 5; n += 1) await client.models.list()
  })

  it("is not limited where no limit is set", async () => {
    const { post } = await limited(0)
    const { status, headers } = await post(ASK)
    expect([status, headers.get("x-ratelimit-limit-requests")]).toEqual([200, null])
  })
})
