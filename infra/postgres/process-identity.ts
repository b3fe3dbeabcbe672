import { readFile } from "node:fs/promises"

/** Whether a process with this id exists, whoever owns it. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"
  }
}

/** Tells a process from a later one with the same id; "" where the system does not say. */
export const startedAt = async (pid: number): Promise<string> => {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  // The second field is the program's name in brackets and may hold spaces; start time is field 22.
  return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? ""
}

/** After a reboot the id in postmaster.pid may be anybody's. Zombies are dead. */
export const isPostmaster = async (pid: number): Promise<boolean> => {
  if (!isAlive(pid)) return false
  if (process.platform !== "linux") return true
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  return line.includes("(postgres)") && !line.includes(") Z ")
}
