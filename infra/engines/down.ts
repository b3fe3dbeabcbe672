import { existsSync } from "node:fs"
import { realpath } from "node:fs/promises"
import { join } from "node:path"
import { withFolderLock } from "../postgres/folder-lock.ts"
import type { EngineName } from "./engine.ts"
import { type Ledger, openLedger } from "./ledger.ts"
import { markedProcesses, markOf } from "./marked-processes.ts"
import { orphanedPostgres } from "./postgres.ts"
import { stopProcess, type ToStop } from "./stop-processes.ts"

export interface StoppedEngine {
  readonly name: EngineName
  readonly stopped: readonly number[]
  /** Written down as started, and gone before we came; a later process with that pid is not touched. */
  readonly gone: readonly number[]
}

/** Stops exactly what `bringUp` started for this folder, whoever called it and whether that process still lives. The data stays. */
export const takeDown = async (given: string, only: readonly EngineName[]): Promise<readonly StoppedEngine[]> => {
  if (!existsSync(given)) return []
  const folder = await realpath(given)
  return withFolderLock(folder, async () => {
    const ledger = openLedger(folder)
    return Promise.all(only.map((name) => takeDownOne(name, ledger)))
  })
}

const takeDownOne = async (name: EngineName, ledger: Ledger): Promise<StoppedEngine> => {
  const record = ledger.read(name)
  const stopped: number[] = []
  const gone: number[] = []
  const stop = async (process: ToStop): Promise<void> => {
    const list = (await stopProcess(process)) ? stopped : gone
    list.push(process.pid)
  }
  // Servers before what they lean on.
  for (const process of record.processes.toReversed()) await stop(process)
  for (const process of await markedProcesses(markOf(ledger.mark, name))) await stop({ ...process, stop: "SIGTERM" })
  const orphan = name === "postgres" ? await orphanedPostgres(join(ledger.folder, name)) : null
  if (orphan !== null) await stop({ ...orphan, stop: "SIGINT" })
  ledger.write({ ...record, running: null, processes: [] })
  return { name, stopped, gone }
}
