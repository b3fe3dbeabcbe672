import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, eventually, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

interface Balance {
  readonly available: string
  readonly held: string
  readonly spent: string
}

const FOX =
  "Once upon a time there was a brave fox named Vera. Vera lived in a green forest. One day Vera met a rabbit and found a shiny stone. Vera took it to a good friend. They became good friends. The end."

describe("a newcomer's first hour: npm start, one question, Ctrl-C, kill -9", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  let client: OpenAI
  let namespace = ""

  const open = (): void => {
    client = new OpenAI({ baseURL: String(up.ready["base_url"]), apiKey: String(up.ready["api_key"]), maxRetries: 0 })
  }
  const ask = (content: string) =>
    client.chat.completions.create({ model: "tiny-chat", messages: [{ role: "user", content }], temperature: 0 })
  const balance = () => resultityJson<Balance>("credits", "balance", "--namespace", namespace, "--data", data)

  beforeAll(async () => {
    data = await temporaryFolder()
    folders.push(data)
    up = await start("up", "--port", "0", "--data", data)
    open()
    namespace = String(up.ready["namespace_id"])
  })
  afterAll(() => cleanUp(folders))

  it("says in one line where everything is", () => {
    expect(up.ready).toMatchObject({
      ready: true,
      base_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/),
      api_key: expect.stringMatching(/^rk_test_/),
      io_url: expect.stringMatching(/^ws:\/\//),
      models: ["tiny-chat"],
      pid: up.pid,
    })
  })

  it("answers the official SDK, whole and streamed, with the same words and the same count", async () => {
    const whole = await ask("Tell me a story about a fox.")
    expect(whole.choices[0]).toMatchObject({ message: { role: "assistant", content: FOX }, finish_reason: "stop" })
    const stream = await client.chat.completions.create({
      model: "tiny-chat", temperature: 0, stream: true, stream_options: { include_usage: true },
      messages: [{ role: "user", content: "Tell me a story about a fox." }],
    })
    let text = ""
    let usage: OpenAI.CompletionUsage | null | undefined
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ""
      usage = chunk.usage ?? usage
    }
    expect(text).toBe(FOX)
    expect(usage).toEqual(whole.usage)
  })

  it("charges what usage says: the price of the tokens, to the micro-credit", async () => {
    const before = BigInt((await balance()).spent)
    const { usage } = await ask("What is the capital of France?")
    const { prompt_tokens: prompt, completion_tokens: completion } = usage ?? { prompt_tokens: 0, completion_tokens: 0 }
    expect(completion).toBeGreaterThan(0)
    const price = (BigInt(prompt) * 500_000n + BigInt(completion) * 1_500_000n + 999_999n) / 1_000_000n
    await eventually(async () => {
      const now = await balance()
      expect({ held: now.held, spent: BigInt(now.spent) - before }).toEqual({ held: "0", spent: price })
    })
  })

  it("tells the whole story of a job, and the same sum in statement and node's earnings", async () => {
    const answer = await ask("ping").withResponse()
    const jobId = answer.response.headers.get("x-resultity-job-id") ?? ""
    await eventually(async () => {
      const { stdout } = await resultity("jobs", "show", jobId, "--data", data, "--json")
      for (const type of ["HoldPlaced", "JobSubmitted", "JobAssigned", "JobCompleted", "RcpAwarded", "HoldSettled"]) expect(stdout).toContain(type)
    })
    const { stdout } = await resultity("credits", "statement", "--namespace", namespace, "--data", data)
    expect(stdout).toContain(jobId)
  })

  it("keeps prompts, answers and keys out of the log and out of its own output", async () => {
    const secret = "xylophone-73915"
    await ask(`Repeat: ${secret}`)
    const { stdout } = await resultity("events", "read", "--data", data)
    expect(stdout).toContain("JobSubmitted")
    for (const text of [stdout, up.output()]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(String(up.ready["api_key"]).split("_")[3])
    }
  })

  it("proves its read models equal to a rebuild from the log, while running", async () => {
    const verified = await resultity("replay", "--verify", "--data", data)
    expect(verified).toMatchObject({ code: 0 })
  })

  it("refuses a second node with the same identity in one line that says what to do", async () => {
    const second = await resultity("node", "--join", String(up.ready["io_url"]), "--data", data)
    expect(second).toMatchObject({ code: 3, stdout: "" })
    expect(second.stderr).toMatch(/^resultity: a node with the identity in .* runs already .*--data/m)
    expect(second.stderr).not.toContain("    at ")
  })

  it("goes on where it was after Ctrl-C and after kill -9", async () => {
    const spent = (await balance()).spent
    expect(await up.stop()).toBe(0)
    expect((await balance()).spent).toBe(spent)
    up = await start("up", "--port", "0", "--data", data)
    open()
    expect((await ask("ping")).choices[0]?.message.content).toBe("pong")
    await up.kill()
    up = await start("up", "--no-node", "--port", "0", "--data", data)
    expect((await resultity("nodes", "list", "--data", data)).stdout).toContain("closed: gateway_lost")
    await up.stop()
    up = await start("up", "--port", "0", "--data", data)
    open()
    expect((await ask("ping")).choices[0]?.message.content).toBe("pong")
    expect((await resultity("doctor", "--data", data)).code).toBe(0)
  })
})
