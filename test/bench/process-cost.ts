import { execFileSync } from "node:child_process"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

const MS_PER_TICK = 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }))
const KIB_PER_MIB = 1_024

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly ownMs: number
  readonly endedChildrenMs: number
}

/** CPU time of a process, in milliseconds. */
export const cpuMs = async (pid: number): Promise<number> => (await stat(pid))?.ownMs ?? 0

/** CPU time of a process and its children, those that have ended among them. */
export const familyCpuMs = async (pid: number): Promise<number> => {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)
  const all = (await Promise.all(pids.map(stat))).filter((one) => one !== null)
  return all
    .filter((one) => one.pid === pid || one.parent === pid)
    .reduce((sum, one) => sum + one.ownMs + (one.pid === pid ? one.endedChildrenMs : 0), 0)
}

export const residentMib = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / KIB_PER_MIB
}

/** The server below a data folder, by its own word. */
export const postmasterPid = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8")).split("\n", 1)[0])

/** Fields 4 and 14 to 17 of proc_pid_stat(5), counted behind the name, which may hold anything. */
const stat = async (pid: number): Promise<Stat | null> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number)
  const [, parent = 0] = fields
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15)
  return { pid, parent, ownMs: (user + system) * MS_PER_TICK, endedChildrenMs: (childrenUser + childrenSystem) * MS_PER_TICK }
}
