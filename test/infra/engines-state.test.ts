import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { takeDown } from "#infra/engines/down.ts"
import { EngineUnavailable } from "#infra/engines/engine.ts"
import { enginePlace } from "#infra/engines/engine-processes.ts"
import { openLedger } from "#infra/engines/ledger.ts"
import { identityOf, isStillRunning } from "#infra/engines/process-identity.ts"
import { environmentOf, exportLines, optionalEngines, titleOf } from "#infra/engines/report.ts"
import { readState } from "#infra/engines/state-file.ts"
import { engineStatus } from "#infra/engines/status.ts"
import { stopProcess } from "#infra/engines/stop-processes.ts"
import { formatDuration } from "#infra/main/output/time.ts"

let folder = ""
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "resultity-state-"))))
afterEach(() => rmSync(folder, { recursive: true }))

const search = { say: () => {}, interrupted: new AbortController().signal }
const running = { what: "Redis", version: "7", url: "redis://127.0.0.1:1" }
/** This process has the pid now; whoever was written down had it before. */
const earlier = { role: "redis", pid: process.pid, identity: "another boot/1", stop: "SIGTERM", startedAt: 0 } as const

describe("which process is meant", () => {
  it("a process is itself while it runs, and a later one with its pid is not", async () => {
    const identity = await identityOf(process.pid)
    if (identity === null) throw new Error("this process runs")
    expect(await isStillRunning({ pid: process.pid, identity })).toBe(true)
    expect(await isStillRunning(earlier)).toBe(false)
  })

  it("a pid that belongs to somebody else by now is left alone", async () => {
    let heard = false
    const listen = (): void => void (heard = true)
    process.on("SIGTERM", listen)
    expect(await stopProcess(earlier)).toBe(false)
    await new Promise(setImmediate)
    process.off("SIGTERM", listen)
    expect(heard).toBe(false)
  })
})

describe("the state file", () => {
  it("a process is on the disk as soon as it is known, and only its owner may read the file", () => {
    openLedger(folder).started("redis", earlier)
    expect(readState(folder).engines).toEqual([{ name: "redis", running: null, ports: {}, processes: [earlier] }])
    expect(statSync(join(folder, "engines.json")).mode & 0o077).toBe(0)
  })

  it("keeps its mark, so that a later `down` finds what an earlier `up` started", () => {
    expect(openLedger(folder).mark).toBe(openLedger(folder).mark)
  })

  it("one that cannot be read is named, not overwritten", () => {
    writeFileSync(join(folder, "engines.json"), "{")
    expect(() => openLedger(folder)).toThrow(EngineUnavailable)
    expect(() => readState(folder)).toThrow(join(folder, "engines.json"))
    expect(readFileSync(join(folder, "engines.json"), "utf8")).toBe("{")
  })

  it("of a machine that was started anew says gone, and `down` touches nobody", async () => {
    const ledger = openLedger(folder)
    ledger.started("redis", earlier)
    ledger.write({ ...ledger.read("redis"), running })
    expect(await engineStatus(folder)).toMatchObject([{ name: "redis", state: "gone", gone: ["redis"], uptimeMs: 0 }])
    expect(await takeDown(folder, ["redis"])).toEqual([{ name: "redis", stopped: [], gone: [process.pid] }])
    expect(await engineStatus(folder)).toEqual([])
  })

  it("an engine that lost one of its processes is partly running, without that one", async () => {
    const ledger = openLedger(folder)
    ledger.started("nats-cluster", { ...earlier, role: "n1", identity: (await identityOf(process.pid)) ?? "" })
    ledger.started("nats-cluster", { ...earlier, role: "n2" })
    ledger.write({ ...ledger.read("nats-cluster"), running })
    expect(await engineStatus(folder)).toMatchObject([{ state: "partly running", gone: ["n2"] }])
  })

  it("a folder that is not there has no engines, and stays away", async () => {
    const nowhere = join(folder, "nowhere")
    expect(await engineStatus(nowhere)).toEqual([])
    expect(await takeDown(nowhere, ["redis"])).toEqual([])
    expect(() => statSync(nowhere)).toThrow("ENOENT")
  })

  it("a port is given once and stays with its engine", async () => {
    const first = openLedger(folder)
    const ports = []
    for (const role of ["n1", "n2", "n3"]) ports.push(await enginePlace("nats-cluster", first, search).port(role))
    expect(new Set(ports).size).toBe(ports.length)
    expect(await enginePlace("nats-cluster", openLedger(folder), search).port("n2")).toBe(ports[1])
  })
})

describe("what is printed", () => {
  it("each engine has its variable, quoted where a shell would read more than an address", () => {
    const report = { ...running, pid: 1, data: folder, processes: [] }
    const mongo = { ...report, name: "mongo", url: "mongodb://127.0.0.1:1/?a=b&c=d" } as const
    expect(exportLines(environmentOf([{ ...report, name: "redis" }, mongo]))).toEqual([
      "export REDIS_URL=redis://127.0.0.1:1",
      "export MONGO_URL='mongodb://127.0.0.1:1/?a=b&c=d'",
    ])
  })

  it("a stand-in is called what it is, its version once", () => {
    expect(titleOf({ what: "FerretDB 2.7.0 on DocumentDB (not MongoDB)", version: "2.7.0" })).toBe("FerretDB 2.7.0 on DocumentDB (not MongoDB)")
    expect(titleOf(running)).toBe("Redis 7")
  })

  it("only engines are optional, and only those that are named", () => {
    expect(optionalEngines("mongo, rabbitmq,mango")).toEqual(new Set(["rabbitmq", "mongo"]))
    expect(optionalEngines("")).toEqual(new Set())
  })

  it("an uptime has its two largest units", () => {
    expect([0, 59_999, 60_000, 3_599_000, 93_900_000].map(formatDuration)).toEqual(["0 s", "59 s", "1 min 0 s", "59 min 59 s", "26 h 5 min"])
  })
})
