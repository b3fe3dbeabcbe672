import { readFile } from "node:fs/promises"

/** One system call of a traced server. Positions in the trace order calls of all its threads and processes. */
export interface Syscall {
  readonly pid: number
  readonly name: string
  /** Of the file or socket that it works on. */
  readonly path: string
  /** Its arguments as strace prints them. */
  readonly text: string
  readonly failed: boolean
  readonly startedAt: number
  readonly endedAt: number
}

const SYSCALLS = "read,recvfrom,write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync"
/** More than a commit and the pages around it. */
const SHOWN_BYTES = 65_536

/** Words between strace and a program's path: it is traced with all its children, and `file` has every call once it has ended. */
export const straceWords = (file: string): readonly string[] => [
  "-f", "-y", "-s", String(SHOWN_BYTES), "-e", `trace=${SYSCALLS}`, "-e", "signal=none", "-o", file,
]

const LINE = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/s
const UNFINISHED = " <unfinished ...>"

/** Every call that ended, in the order in which they began. */
export const readTrace = async (file: string): Promise<readonly Syscall[]> => {
  const begun = new Map<number, { readonly name: string; readonly text: string; readonly startedAt: number }>()
  const calls: Syscall[] = []
  for (const [at, line] of (await readFile(file, "latin1")).split("\n").entries()) {
    const [, pidText = "", resumed, started, rest = ""] = LINE.exec(line) ?? []
    const pid = Number(pidText)
    if (started !== undefined && rest.endsWith(UNFINISHED)) {
      begun.set(pid, { name: started, text: rest.slice(0, -UNFINISHED.length), startedAt: at })
    } else if (started !== undefined) {
      calls.push(callOf({ pid, name: started, text: rest, startedAt: at, endedAt: at }))
    } else if (resumed !== undefined) {
      const first = begun.get(pid)
      if (first?.name !== resumed) throw new Error(`line ${at + 1} of the trace ends ${resumed}, which did not begin`)
      begun.delete(pid)
      calls.push(callOf({ pid, name: resumed, text: first.text + rest, startedAt: first.startedAt, endedAt: at }))
    }
  }
  return calls.toSorted((a, b) => a.startedAt - b.startedAt)
}

const callOf = (call: Omit<Syscall, "path" | "failed">): Syscall => {
  const [, path = ""] = /^\d+<([^>]*)>/.exec(call.text) ?? []
  return { ...call, path, failed: !/\) += \d+$/.test(call.text) }
}
