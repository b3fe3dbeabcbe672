import { existsSync } from "node:fs"
import { join } from "node:path"
import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { cleanUp, resultity, type Running, start, temporaryFolder } from "#test/support/processes.ts"

interface Ready {
  readonly base_urls: readonly string[]
  readonly api_key: string
  readonly processes: readonly { readonly name: string; readonly pid: number }[]
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)
const ASK = { model: "tiny-chat", messages: [{ role: "user" as const, content: "What is the capital of France?" }], temperature: 0 }

describe("resultity platform: every role a process of its own, from one command", () => {
  const folders: string[] = []
  let platform: Running
  const ready = (): Ready => platform.ready as unknown as Ready
  const ask = async (gateway: number): Promise<string | null | undefined> => {
    const client = new OpenAI({ baseURL: ready().base_urls[gateway], apiKey: ready().api_key, maxRetries: 5 })
    return (await client.chat.completions.create(ASK)).choices[0]?.message.content
  }

  beforeAll(async () => {
    const data = await temporaryFolder()
    folders.push(data)
    platform = await start("platform", "--port", "18500", "--nodes", "1", "--data", data)
  })
  afterAll(async () => {
    // The last test kills who would have stopped them.
    await resultity("engines", "down", "--data", join(folders[0] ?? "", "engines"))
    await cleanUp(folders)
  })

  it("answers at each of its gateways", async () => {
    expect(ready().base_urls).toHaveLength(2)
    for (const gateway of [0, 1]) expect(await ask(gateway)).toBe("The capital of France is Paris.")
  })

  it("starts a killed process again, on its port", async () => {
    const cloud = ready().processes.find(({ name }) => name === "cloud-1")
    process.kill(cloud?.pid ?? 0, "SIGKILL")
    await vi.waitFor(async () => expect(await ask(0)).toBe("The capital of France is Paris."), { timeout: 20_000, interval: 200 })
  })

  it("leaves no process behind when it is killed itself", async () => {
    const pids = ready().processes.map(({ pid }) => pid)
    await platform.kill()
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 30_000, interval: 100 })
  })
})
