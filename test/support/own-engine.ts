import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { takeDown } from "#infra/engines/down.ts"
import type { EngineName } from "#infra/engines/engine.ts"
import { isStillRunning } from "#infra/engines/process-identity.ts"
import { readState } from "#infra/engines/state-file.ts"
import { bringUp } from "#infra/engines/up.ts"

export interface OwnEngine {
  readonly url: string
  /** SIGKILL to everything that it consists of, or to one server of a cluster; resolves when it is gone. */
  readonly kill: (role?: string) => Promise<void>
  /** On the same port and data. */
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A real server for one test file, which may be killed. */
export const ownEngine = async (name: EngineName): Promise<OwnEngine> => {
  const folder = await mkdtemp(join(tmpdir(), "resultity-own-engine-"))
  const up = async (): Promise<string> => {
    const { engines, missing } = await bringUp({ folder, only: [name], say: () => {}, interrupted: new AbortController().signal })
    const [engine] = engines
    if (engine === undefined) throw new Error(`${name} did not start: ${missing[0]?.why ?? "no reason given"}`)
    return engine.url
  }
  return {
    url: await up(),
    kill: async (role) => {
      const all = readState(folder).engines.flatMap((engine) => engine.processes)
      const processes = role === undefined ? all : all.filter((process) => process.role === role)
      if (processes.length === 0) throw new Error(`nothing to kill: ${role}`)
      for (const { pid } of processes) process.kill(pid, "SIGKILL")
      while ((await Promise.all(processes.map(isStillRunning))).includes(true)) await new Promise((resolve) => setImmediate(resolve))
    },
    restart: async () => void (await up()),
    close: async () => {
      await takeDown(folder, [name])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
