import { spawn } from "node:child_process"
import { rm } from "node:fs/promises"
import { connect } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { takeDown } from "#infra/engines/down.ts"
import { ENGINE_NAMES } from "#infra/engines/engine.ts"
import { markedProcesses, markOf } from "#infra/engines/marked-processes.ts"
import { identityOf } from "#infra/engines/process-identity.ts"
import type { EngineReport } from "#infra/engines/report.ts"
import { readState, writeState } from "#infra/engines/state-file.ts"
import type { EngineStatus } from "#infra/engines/status.ts"
import { eventually, resultity, resultityJson, temporaryFolder } from "#test/support/processes.ts"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))
const KILLS = 2
const SOME = "nats,redis,rabbitmq,postgres"

interface Up {
  readonly engines: readonly EngineReport[]
  readonly env: Readonly<Record<string, string>>
}

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await temporaryFolder()
  folders.push(folder)
  return folder
}
afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await takeDown(folder, ENGINE_NAMES)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})

const up = (folder: string, only = SOME): Promise<Up> => resultityJson<Up>("engines", "up", "--only", only, "--data", folder)
const down = (folder: string): Promise<unknown> => resultityJson("engines", "down", "--data", folder)
const status = async (folder: string): Promise<readonly EngineStatus[]> =>
  (await resultityJson<{ readonly engines: readonly EngineStatus[] }>("engines", "status", "--data", folder)).engines

const pidsOf = (engines: readonly EngineReport[]): readonly number[] => engines.flatMap(({ processes }) => processes.map(({ pid }) => pid))
const alive = async (pids: readonly number[]): Promise<readonly number[]> => {
  const identities = await Promise.all(pids.map(identityOf))
  return pids.filter((_pid, index) => identities[index] !== null)
}
/** Children too, whatever became of their parents. */
const marked = async (folder: string): Promise<readonly number[]> => {
  const { mark } = readState(folder)
  const lists = await Promise.all(ENGINE_NAMES.map((name) => markedProcesses(markOf(mark, name))))
  return lists.flat().map(({ pid }) => pid)
}
const listens = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })

describe("engines up, status, down", () => {
  it("what `up` started runs as `status` says, is kept by a second `up`, and is gone after `down`, children and helpers too", async () => {
    const folder = await newFolder()
    const { engines, env } = await up(folder)
    expect(Object.keys(env)).toEqual(["NATS_URL", "NATS_MONITOR_URL", "REDIS_URL", "RABBITMQ_URL", "DATABASE_URL"])
    expect(await Promise.all(Object.values(env).map(listens))).not.toContain(false)
    expect((await status(folder)).map(({ name, state }) => `${name} ${state}`)).toEqual(SOME.split(",").map((name) => `${name} running`))
    expect(pidsOf((await up(folder)).engines)).toEqual(pidsOf(engines))
    const all = [...pidsOf(engines), ...(await marked(folder))]
    expect(await alive(all)).toEqual(all)
    await down(folder)
    expect(await alive(all)).toEqual([])
    expect(await marked(folder)).toEqual([])
    expect(await Promise.all(Object.values(env).map(listens))).not.toContain(true)
    expect(await status(folder)).toEqual([])
  })

  it("an engine that was killed is seen as gone, and the next `up` brings it back on its address", async () => {
    const folder = await newFolder()
    const before = await up(folder, "nats,redis")
    const killed = before.engines[0]?.pid ?? 0
    process.kill(killed, "SIGKILL")
    await eventually(async () => expect(await identityOf(killed)).toBeNull())
    expect((await status(folder)).map(({ state }) => state)).toEqual(["gone", "running"])
    const after = await up(folder, "nats,redis")
    expect(after.env).toEqual(before.env)
    expect(after.engines[0]?.pid).not.toBe(killed)
    expect(after.engines[1]?.pid).toBe(before.engines[1]?.pid)
  })

  it("a server of many threads that was killed a moment ago comes back on its address, however slowly it dies", async () => {
    const folder = await newFolder()
    const before = await up(folder, "rabbitmq")
    for (let round = 0; round < KILLS; round++) {
      for (const pid of pidsOf((await up(folder, "rabbitmq")).engines)) process.kill(pid, "SIGKILL")
      expect((await up(folder, "rabbitmq")).env).toEqual(before.env)
    }
  })

  it("an `up` that was killed in the middle leaves nothing that `down` does not find", async () => {
    const folder = await newFolder()
    const starting = startUp(folder)
    await eventually(() => expect(processesIn(folder, "rabbitmq")).toContain("rabbitmq"))
    starting.child.kill("SIGKILL")
    await starting.ended
    const left = await marked(folder)
    expect(left).not.toEqual([])
    await down(folder)
    expect(await alive(left)).toEqual([])
    expect(await marked(folder)).toEqual([])
  })

  it("a process whose pid was never written down is found by its mark", async () => {
    const folder = await newFolder()
    await up(folder, "nats-cluster")
    const left = await marked(folder)
    writeState(folder, { ...readState(folder), engines: [] })
    await down(folder)
    expect(left).toHaveLength(3)
    expect(await alive(left)).toEqual([])
  })

  it("an interrupted `up` stops what it started", async () => {
    const folder = await newFolder()
    const starting = startUp(folder)
    await eventually(() => expect(processesIn(folder, "rabbitmq")).toContain("rabbitmq"))
    starting.child.kill("SIGINT")
    expect(await starting.ended).toBe(130)
    expect(await marked(folder)).toEqual([])
  })

  it("an engine that cannot be had is named with each reason and fails the command, unless it is optional", async () => {
    const folder = await newFolder()
    const nowhere = { PATH: "/nonexistent", RESULTITY_ENGINES_CACHE: folder, GOPROXY: "off", GOMODCACHE: join(folder, "go") }
    const reasons = expect.stringMatching(/nats: no nats-server here\. PATH: not there; cache: not installed before; Go module proxy: .*(GOPROXY=off|no go)/)
    const needed = await startUp(folder, ["--only", "nats"], nowhere).said
    expect(needed).toMatchObject({ code: 1, stdout: "", stderr: reasons })
    const optional = await startUp(folder, ["--only", "nats"], { ...nowhere, ENGINES_OPTIONAL: "nats" }).said
    expect(optional).toMatchObject({ code: 0, stdout: "", stderr: reasons })
    expect((await resultity("engines", "up", "--only", "kafka")).code).toBe(2)
  })
})

const processesIn = (folder: string, name: string): readonly string[] =>
  readState(folder).engines.find((engine) => engine.name === name)?.processes.map(({ role }) => role) ?? []

const startUp = (folder: string, words: readonly string[] = ["--only", "rabbitmq"], env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [ENTRY, "engines", "up", "--data", folder, ...words], { env: { ...process.env, ...env } })
  let [stdout, stderr] = ["", ""]
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()))
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()))
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)))
  return { child, ended, said: ended.then((code) => ({ code, stdout, stderr })) }
}
