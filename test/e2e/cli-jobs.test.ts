import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, eventually, resultity, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

interface Story {
  readonly job: { readonly stage: string; readonly cost: string; readonly nodeId: string } | null
  readonly events: readonly { readonly what: string; readonly position: string; readonly stream: string }[]
}

describe("a request, as the command line tells it", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  let node: Running
  let jobId = ""
  let story: Story

  beforeAll(async () => {
    folders.push(await temporaryFolder(), await temporaryFolder())
    data = folders[0] ?? ""
    up = await start("up", "--no-node", "--port", "0", "--data", data)
    node = await start("node", "--join", String(up.ready["io_url"]), "--model", "echo:", "--data", folders[1] ?? "")
    const answer = await fetch(`${String(up.ready["base_url"])}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${String(up.ready["api_key"])}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "echo", messages: [{ role: "user", content: "one two three" }] }),
    })
    expect(answer.status).toBe(200)
    jobId = answer.headers.get("x-resultity-job-id") ?? ""
    story = await eventually(async () => {
      const told = await resultityJson<Story>("jobs", "show", jobId, "--data", data)
      expect(told.events.map(({ what }) => what)).toEqual(expect.arrayContaining(["settled", "points"]))
      return told
    })
  })
  afterAll(() => cleanUp(folders))

  it("a network and a node say in one line that they are ready", () => {
    expect(up.ready).toEqual({
      ready: true,
      base_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/),
      api_key: expect.stringMatching(/^rk_test_/),
      admin_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      io_url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/io$/),
      models: [],
      pid: up.pid,
      namespace_id: expect.stringMatching(/^ns_/),
    })
    expect(node.ready).toEqual({ ready: true, node_id: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/), models: ["echo"], pid: node.pid })
  })

  it("its story goes from the hold to the money and the points, in the log's order", () => {
    const told = story.events.map(({ what }) => what)
    expect(told.slice(0, 2)).toEqual(["held", "submitted"])
    expect([...told].sort()).toEqual(["assigned", "completed", "held", "points", "settled", "submitted"])
    const positions = story.events.map(({ position }) => BigInt(position))
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)))
    expect(story.job).toMatchObject({ stage: "completed", nodeId: node.ready["node_id"] })
  })

  it("the same for a person: one line an event, the node, the tokens and the price in credits", async () => {
    const { code, stdout } = await resultity("jobs", "show", jobId, "--data", data)
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${jobId} {2}completed\n`))
    expect(stdout).toContain(`attempt 1 to node ${String(node.ready["node_id"])}`)
    expect(stdout).toMatch(/settled +0\.\d{6} credits for \d+ prompt \+ 3 output tokens/)
    expect(stdout).not.toContain("\u001b[")
  })

  it("lists, usage, nodes, leaderboard and statement show the same cost", async () => {
    const namespace = String(up.ready["namespace_id"])
    const read = (...args: readonly string[]) => resultityJson<readonly Record<string, unknown>[]>(...args, "--data", data)
    const cost = story.job?.cost
    expect(await read("jobs", "list", "--namespace", namespace)).toMatchObject([{ jobId, stage: "completed", cost }])
    expect(await read("usage")).toMatchObject([{ model: "echo", requests: 1, failed: 0, completionTokens: 3, cost }])
    expect(await read("nodes", "list")).toMatchObject([{ nodeId: node.ready["node_id"], jobsDone: 1, tokens: 3 }])
    expect(await read("leaderboard")).toMatchObject([{ payee: node.ready["node_id"], jobs: 1, tokens: 3 }])
    const statement = await read("credits", "statement", "--namespace", namespace)
    expect(statement.map(({ kind }) => kind)).toEqual(["settle", "hold", "grant"])
    expect(statement[0]).toMatchObject({ jobId, price: cost })
    expect(await resultityJson("credits", "balance", "--namespace", namespace, "--data", data)).toMatchObject({ held: "0", spent: cost })
  })

  it("a job nobody submitted is a failure in one line", async () => {
    const unknown = "job_01933333-0000-7000-8000-000000000000"
    const { code, stderr } = await resultity("jobs", "show", unknown, "--data", data)
    expect({ code, stderr }).toEqual({ code: 1, stderr: `resultity: there is no job ${unknown} in ${data}\n` })
  })

  it("told to stop, node and network end with 0", async () => {
    expect(await node.stop()).toBe(0)
    expect(await up.stop()).toBe(0)
  })
})

describe("a node that cannot start", () => {
  it("names the model file that is not there and ends with 3", async () => {
    for (const command of [["node"], ["up", "--port", "0"]]) {
      const { code, stderr } = await resultity(...command, "--model", "no-such.gguf", "--data", "never-made")
      expect(code).toBe(3)
      expect(stderr).toMatch(/^resultity: there is no model file no-such\.gguf; .*\n$/)
    }
  })
})
