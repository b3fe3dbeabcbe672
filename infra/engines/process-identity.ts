import { execFile } from "node:child_process"
import { readdir, readFile } from "node:fs/promises"
import { promisify } from "node:util"
import { startedAt } from "../postgres/process-identity.ts"

export interface KnownProcess {
  readonly pid: number
  /** Tells it from a later process that got the same pid, after a reboot too. */
  readonly identity: string
}

/** Null where no such process runs. A zombie does not run: it only waits for its parent to look. */
export const identityOf = async (pid: number): Promise<string | null> => {
  if (process.platform !== "linux") return identityByPs(pid)
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  if (line === "" || (/\) [ZX] /.test(line) && (await isEmpty(pid)))) return null
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")
  return `${boot.trim()}/${await startedAt(pid)}`
}

/** A killed process looks like a zombie as soon as its first thread is gone, while the others still hold its ports and files. */
const isEmpty = async (pid: number): Promise<boolean> => (await readdir(`/proc/${pid}/task`).catch(() => [])).length <= 1

const identityByPs = (pid: number): Promise<string | null> =>
  promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  )

export const isStillRunning = async ({ pid, identity }: KnownProcess): Promise<boolean> => (await identityOf(pid)) === identity
