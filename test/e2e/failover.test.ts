import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, eventually, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

const FOX =
  "Once upon a time there was a brave fox named Vera. Vera lived in a green forest. One day Vera met a rabbit and found a shiny stone. Vera took it to a good friend. They became good friends. The end."
/** Slow enough to be killed in the middle of some sixty tokens. */
const TOKENS_PER_SECOND = "20"

interface StoredEvent {
  readonly type: string
  readonly data: Record<string, unknown>
}

describe("what dies in the middle of an answer", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  let key: { readonly api_key: string; readonly namespace_id: string }
  let client: OpenAI

  const connect = (): void => {
    client = new OpenAI({ baseURL: String(up.ready["base_url"]), apiKey: key.api_key, maxRetries: 0 })
  }
  const joinNode = async (): Promise<Running> => {
    const folder = await temporaryFolder()
    folders.push(folder)
    return start("node", "--join", String(up.ready["io_url"]), "--data", folder, "--max-tokens-per-second", TOKENS_PER_SECOND)
  }
  const streamFox = async () => {
    const { data: stream, response } = await client.chat.completions
      .create({ model: "tiny-chat", temperature: 0, stream: true, messages: [{ role: "user", content: "Tell me a story about a fox." }] })
      .withResponse()
    return { stream, jobId: response.headers.get("x-resultity-job-id") ?? "" }
  }
  const tokensOfUnbrokenFox = async (): Promise<number | undefined> => {
    const messages = [{ role: "user" as const, content: "Tell me a story about a fox." }]
    return (await client.chat.completions.create({ model: "tiny-chat", temperature: 0, messages })).usage?.completion_tokens
  }
  const eventsOf = async (jobId: string): Promise<readonly StoredEvent[]> => {
    const { stdout } = await resultity("events", "read", "--correlation", jobId, "--data", data)
    return stdout.trim().split("\n").map((line) => JSON.parse(line) as StoredEvent)
  }
  const settled = async (jobId: string): Promise<readonly StoredEvent[]> =>
    eventually(async () => {
      const events = await eventsOf(jobId)
      expect(events.filter(({ type }) => type === "HoldSettled" || type === "HoldReleased")).toHaveLength(1)
      return events
    })

  beforeAll(async () => {
    data = await temporaryFolder()
    folders.push(data)
    up = await start("up", "--no-node", "--port", "0", "--data", data)
    key = await resultityJson("keys", "create", "--new-namespace", "killed", "--credits", "1000000", "--data", data)
    connect()
  })
  afterAll(() => cleanUp(folders))

  it("a node killed mid-stream: the other one continues, no word twice or lost, one charge, both earn their part", async () => {
    const nodes = [await joinNode(), await joinNode()]
    const { stream, jobId } = await streamFox()
    let text = ""
    let killed = false
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ""
      if (!killed && text.length > 60) {
        killed = true
        const assigned = (await eventsOf(jobId)).find(({ type }) => type === "JobAssigned")
        await nodes.find(({ ready }) => ready["node_id"] === assigned?.data["nodeId"])?.kill()
      }
    }
    expect(killed).toBe(true)
    expect(text).toBe(FOX)
    const events = await settled(jobId)
    expect(events.map(({ type }) => type).filter((type) => type !== "ProgressMarked")).toEqual(
      expect.arrayContaining(["JobAssigned", "AttemptFailed", "JobAssigned", "JobCompleted", "HoldSettled"]),
    )
    const end = events.find(({ type }) => type === "HoldSettled")
    expect(end?.data["shares"]).toHaveLength(2)
    expect(end?.data["completionTokens"]).toBe(await tokensOfUnbrokenFox())
    for (const node of nodes) await node.stop()
  })

  it("the only node killed mid-stream: the stream ends with an error event, and only delivered tokens are paid", async () => {
    const node = await joinNode()
    const { stream, jobId } = await streamFox()
    let text = ""
    const reading = (async () => {
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ""
        if (text.length > 30) await node.kill()
      }
    })()
    await expect(reading).rejects.toThrow()
    const events = await settled(jobId)
    const end = events.find(({ type }) => type === "HoldSettled")
    expect(Number(end?.data["completionTokens"])).toBeGreaterThan(0)
    expect(FOX.startsWith(text)).toBe(true)
  })

  it("the gateway killed mid-stream: after a restart no hold is left, and the client pays for marked tokens at most", async () => {
    const node = await joinNode()
    const { stream, jobId } = await streamFox()
    let received = 0
    await (async () => {
      for await (const chunk of stream) {
        received += (chunk.choices[0]?.delta.content ?? "").length
        if (received > 60) await up.kill()
      }
    })().catch(() => {})
    up = await start("up", "--no-node", "--port", "0", "--data", data)
    connect()
    await settled(jobId)
    const { held } = await resultityJson<{ held: string }>("credits", "balance", "--namespace", key.namespace_id, "--data", data)
    expect(held).toBe("0")
    expect((await resultity("replay", "--verify", "--data", data)).code).toBe(0)
    await node.stop()
  })
})
