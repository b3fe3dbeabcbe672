import { readdir, readFile } from "node:fs/promises"
import type { EngineName } from "./engine.ts"
import { identityOf, type KnownProcess } from "./process-identity.ts"

/** Children inherit it, whatever name or user they take. Its value names the folder and the engine. */
export const MARK_VARIABLE = "RESULTITY_ENGINES_MARK"

export const markOf = (mark: string, engine: EngineName): string => `${mark}/${engine}`

/**
 * Processes with this mark in their environment: those whose starter was killed before it could write down their pid, and children that
 * outlived their parent. Redis wipes its environment as soon as it runs. Only Linux shows environments; elsewhere the state file is all
 * there is.
 */
export const markedProcesses = async (mark: string): Promise<readonly KnownProcess[]> => {
  if (process.platform !== "linux") return []
  const pids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name)).map(Number)
  const marked = await Promise.all(pids.filter((pid) => pid !== process.pid).map((pid) => ifMarked(pid, mark)))
  return marked.filter((found) => found !== null)
}

const ifMarked = async (pid: number, mark: string): Promise<KnownProcess | null> => {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")
  if (!environment.split("\0").includes(`${MARK_VARIABLE}=${mark}`)) return null
  const identity = await identityOf(pid)
  return identity === null ? null : { pid, identity }
}
