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
  const [stopped, gone]: [number[], number[]] = [[], []]
  // Servers before what they lean on.
  for (const process of record.processes.toReversed()) ((await stopProcess(process)) ? stopped : gone).push(process.pid)
  for (const process of await unrecorded(name, ledger)) if (await stopProcess(process)) stopped.push(process.pid)
  ledger.write({ ...record, running: null, processes: [] })
  return { name, stopped, gone }
}

/** What runs although nobody could write it down, or outlived its parent. */
const unrecorded = async (name: EngineName, ledger: Ledger): Promise<readonly ToStop[]> => {
  const orphan = name === "postgres" ? await orphanedPostgres(join(ledger.folder, name)) : null
  const marked = await markedProcesses(markOf(ledger.mark, name))
  return [...marked.map((process) => ({ ...process, stop: "SIGTERM" as const })), ...(orphan === null ? [] : [{ ...orphan, stop: "SIGINT" as const }])]
}
