import { ENGINE_NAMES } from "./engine.ts"
import { isStillRunning } from "./process-identity.ts"
import { type EngineReport, reportOf } from "./report.ts"
import { type EngineRecord, readState } from "./state-file.ts"

export interface EngineStatus extends EngineReport {
  readonly state: "running" | "partly running" | "gone"
  /** Roles whose process is gone, killed or lost in a reboot. */
  readonly gone: readonly string[]
  readonly uptimeMs: number
}

/** What `bringUp` started for this folder and nobody took down, and how it is now. */
export const engineStatus = async (folder: string): Promise<readonly EngineStatus[]> => {
  const { engines } = readState(folder)
  const ordered = ENGINE_NAMES.flatMap((name) => engines.filter((record) => record.name === name))
  const all = await Promise.all(ordered.map((record) => statusOf(record, folder)))
  return all.filter((status) => status !== null)
}

const statusOf = async (record: EngineRecord, folder: string): Promise<EngineStatus | null> => {
  const report = reportOf(record, folder)
  if (report === null) return null
  const checked = await Promise.all(record.processes.map(async (process) => ({ ...process, alive: await isStillRunning(process) })))
  const alive = checked.filter((process) => process.alive)
  const gone = checked.filter((process) => !process.alive).map(({ role }) => role)
  const state = alive.length === 0 ? "gone" : gone.length > 0 ? "partly running" : "running"
  const uptimeMs = alive.length === 0 ? 0 : Date.now() - Math.min(...alive.map(({ startedAt }) => startedAt))
  return { ...report, state, gone, uptimeMs }
}
