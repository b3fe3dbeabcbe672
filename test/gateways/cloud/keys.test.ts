import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import type { KeyRecord } from "#gateways/ports/key-directory.ts"
import { bodyOf, failureOf } from "./failures.ts"
import { ASK, fakeNetwork, GOOD_KEY, GOOD_RECORD, keyOf, REVOKED_KEY, startGateway } from "./fake-network.ts"

describe("keys", () => {
  const typo = GOOD_KEY.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))
  it.each([["revoked", REVOKED_KEY], ["mistyped", typo], ["not one of ours", "sk-123"]])("refuses a key that is %s", async (_, key) => {
    const { client, network } = await startGateway()
    const error = await failureOf(client.withOptions({ apiKey: key }).chat.completions.create(ASK))
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(error).toMatchObject({ status: 401, code: "invalid_api_key", type: "invalid_request_error", param: null })
    expect(error.message).not.toContain(key)
    expect(network.submitted).toEqual([])
    expect(network.counted.get("cloud_rejected_total/invalid_api_key")).toBe(1)
  })

  it("refuses a key whose mode was changed", async () => {
    const { client } = await startGateway()
    const other = client.withOptions({ apiKey: keyOf(GOOD_RECORD, "live") })
    expect(await failureOf(other.models.list())).toMatchObject({ status: 401, code: "invalid_api_key" })
  })

  it("refuses a request without a key before it looks at the body", async () => {
    const { url } = await startGateway()
    const body = "{not json"
    const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body })
    expect(await bodyOf(response)).toMatchObject({ status: 401, code: "invalid_api_key" })
    expect(await bodyOf(await fetch(`${url}/v1/models`))).toMatchObject({ status: 401 })
  })

  it("asks the directory once for many requests within a second", async () => {
    let lookUps = 0
    const { client } = await startGateway(fakeNetwork(), {
      keys: {
        find: async () => {
          lookUps += 1
          return null
        },
      },
      now: () => 1_000_000,
    })
    await Promise.all(Array.from({ length: 20 }, () => failureOf(client.models.list())))
    expect(lookUps).toBe(1)
  })

  it("hears of a revocation a second later", async () => {
    let record: KeyRecord = GOOD_RECORD
    let now = 1_000_000
    const { client } = await startGateway(fakeNetwork(), { now: () => now, keys: { find: async () => record } })
    await client.models.list()
    record = { ...GOOD_RECORD, revokedAt: now }
    await client.models.list()
    now += 1_000
    expect((await failureOf(client.models.list())).message).toContain("revoked")
  })

  it("says 503 when the directory is away, and asks again next time", async () => {
    let away = true
    const { client } = await startGateway(fakeNetwork(), {
      keys: { find: () => (away ? Promise.reject(new Error("connect ECONNREFUSED 10.0.0.1")) : Promise.resolve(null)) },
    })
    const error = await failureOf(client.models.list())
    expect(error).toMatchObject({ status: 503, type: "server_error" })
    expect(error.message).not.toContain("10.0.0.1")
    away = false
    expect(await failureOf(client.models.list())).toMatchObject({ status: 401 })
  })
})
