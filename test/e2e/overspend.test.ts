import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, eventually, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

interface Balance {
  readonly available: string
  readonly held: string
  readonly spent: string
}
interface Key {
  readonly api_key: string
  readonly namespace_id: string
}

const PARALLEL = 200

describe("a balance for K pays for K, whoever asks at once", () => {
  const folders: string[] = []
  let data = ""
  let up: Running

  const post = (key: Key, body: object): Promise<Response> =>
    fetch(`${String(up.ready["base_url"])}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key.api_key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "tiny-chat", temperature: 0, ...body }),
    })
  const newKey = (name: string, credits: bigint) =>
    resultityJson<Key>("keys", "create", "--new-namespace", name, "--credits", String(credits), "--requests-per-second", "none", "--data", data)
  const balance = ({ namespace_id }: Key) => resultityJson<Balance>("credits", "balance", "--namespace", namespace_id, "--data", data)
  const settledBalance = (key: Key) =>
    eventually(async () => {
      const now = await balance(key)
      expect(now.held).toBe("0")
      return now
    })

  /** What one such request costs, seen from outside. */
  const costOf = async (body: object): Promise<bigint> => {
    const key = await newKey(`price-${Object.keys(body).length}`, 1_000_000n)
    expect((await post(key, body)).status).toBe(200)
    return eventually(async () => {
      const { spent } = await settledBalance(key)
      expect(spent).not.toBe("0")
      return BigInt(spent)
    })
  }
  const race = async (key: Key, body: object) => {
    const replies = await Promise.all(Array.from({ length: PARALLEL }, () => post(key, body)))
    const bodies = await Promise.all(replies.map((reply) => reply.json() as Promise<{ error?: { code: string } }>))
    const refused = bodies.filter((_, index) => replies[index]?.status !== 200)
    return { admitted: PARALLEL - refused.length, codes: [...new Set(refused.map(({ error }) => error?.code))], replies }
  }

  beforeAll(async () => {
    data = await temporaryFolder()
    folders.push(data)
    up = await start("up", "--port", "0", "--slots", "8", "--data", data)
  })
  afterAll(() => cleanUp(folders))

  it("with max_tokens: exactly K of 200 are admitted, the others hear insufficient_quota, and nothing is overspent", async () => {
    const body = { max_tokens: 3, messages: [{ role: "user", content: "Count to 20." }] }
    const cost = await costOf(body)
    const key = await newKey("with-limit", cost * 31n)
    const { admitted, codes, replies } = await race(key, body)
    expect({ admitted, codes }).toEqual({ admitted: 31, codes: ["insufficient_quota"] })
    expect(replies.find(({ status }) => status === 429)?.headers.get("x-should-retry")).toBe("false")
    expect(await settledBalance(key)).toEqual({ available: "0", held: "0", spent: String(cost * 31n) })
  })

  it("without max_tokens: requests wait for what others hold, so a balance for K answers still gives K answers", async () => {
    const body = { messages: [{ role: "user", content: "ping" }] }
    const cost = await costOf(body)
    const key = await newKey("without-limit", cost * 20n)
    const { admitted, codes } = await race(key, body)
    expect({ admitted, codes }).toEqual({ admitted: 20, codes: ["insufficient_quota"] })
    expect(await settledBalance(key)).toEqual({ available: "0", held: "0", spent: String(cost * 20n) })
  })

  it("without credits nothing is dispatched", async () => {
    const key = await newKey("poor", 1n)
    const reply = await post(key, { messages: [{ role: "user", content: "ping" }] })
    expect(reply.status).toBe(429)
    expect(await reply.json()).toMatchObject({ error: { type: "insufficient_quota", code: "insufficient_quota" } })
    const jobs = await resultityJson<readonly object[]>("jobs", "list", "--namespace", key.namespace_id, "--data", data)
    expect(jobs).toEqual([])
  })
})
