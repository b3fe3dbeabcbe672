import { readFile, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { PostgresCannotStart } from "./start-failure.ts"

/** How to start a program of Postgres from this process. */
export interface RunAs {
  /** Words before the program's path. */
  readonly prefix: readonly string[]
  /** Owner that the server's files must have; null where it is this process's own user. */
  readonly owner: Owner | null
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

const OWN_USER: RunAs = { prefix: [], owner: null }
/** In order of preference; every Debian has at least the last. */
const ACCOUNTS = ["postgres", "nobody"]
const OTHERS_MAY_ENTER = 0o001

/**
 * Postgres refuses root, so root hands it to another account. Where that account cannot walk to `paths` (a checkout below
 * /root), it gets the one capability that lets it: access(2) ignores capabilities after a change of user unless the
 * no_setuid_fixup bit is set.
 */
export const runAs = async (dataFolder: string, paths: readonly string[]): Promise<RunAs> => {
  if (process.platform === "win32" || process.getuid?.() !== 0) return OWN_USER
  const owner = await accountFor(dataFolder)
  const drop = ["setpriv", `--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"]
  if (await allReachable([dataFolder, ...paths])) return { prefix: drop, owner }
  const capability = await walkingCapability()
  return {
    prefix: [
      ...drop,
      "--securebits=+no_setuid_fixup",
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=-all,+${capability}`,
    ],
    owner,
  }
}

/** Who already owns the data stays its owner. */
const accountFor = async (dataFolder: string): Promise<Owner> => {
  const present = await stat(dataFolder).catch(() => null)
  if (present !== null && present.uid !== 0) return { uid: present.uid, gid: present.gid }
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"))
  for (const name of ACCOUNTS) {
    const account = accounts.find(([found]) => found === name)
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) }
  }
  throw new PostgresCannotStart({
    reason: "no-permission",
    message: `Postgres must not run as root and there is no account to run it as (looked for ${ACCOUNTS.join(", ")})`,
  })
}

const allReachable = async (paths: readonly string[]): Promise<boolean> => {
  for (const path of paths) {
    for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
      const { mode } = await stat(folder)
      if ((mode & OTHERS_MAY_ENTER) === 0) return false
    }
  }
  return true
}

/** Bits of the permitted set; a container often has the second only. */
const CAPABILITIES: readonly (readonly [name: string, bit: bigint])[] = [
  ["dac_read_search", 1n << 2n],
  ["dac_override", 1n << 1n],
]

const walkingCapability = async (): Promise<string> => {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "")
  const permitted = BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`)
  const found = CAPABILITIES.find(([, bit]) => (permitted & bit) !== 0n)
  if (found !== undefined) return found[0]
  throw new PostgresCannotStart({
    reason: "folder-unreachable",
    message: "Postgres runs under another account than root and cannot reach the data folder: choose one outside /root, or do not run as root",
  })
}
