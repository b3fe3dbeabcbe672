import { execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { closedAtTheLatest } from "./clean-up.ts"
import { postmasterPid } from "./process-cost.ts"
import { removeFolder, scratchFolder } from "./scratch-postgres.ts"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))

/** Where and how a client asks. */
export interface Endpoint {
  readonly base_url: string
  readonly api_key: string
  readonly models: readonly string[]
  /** Besides the key's. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface Ready extends Endpoint {
  readonly io_url: string
  readonly pid: number
}

export interface Started<Line> {
  readonly ready: Line
  readonly dataDir: string
  readonly stop: () => Promise<void>
}

/** `resultity up`. */
export interface NetworkProcess extends Started<Ready> {
  /** Another command on the same data folder; its JSON. */
  readonly ask: Ask
}

export type Ask = <Answer>(...args: readonly string[]) => Promise<Answer>

export interface StartOptions {
  readonly args: readonly string[]
  readonly profileDir: string | null
}

export interface RoleReady {
  readonly url: string
  readonly pid: number
}

export interface RoleOptions extends StartOptions {
  readonly env: Readonly<Record<string, string>>
}

/** `resultity up` with a new data folder, as a user starts it; the folder goes with it. */
export const startNetwork = async (options: StartOptions): Promise<NetworkProcess> => {
  const started = await start<Ready>(["up", "--port", "0", ...options.args], options)
  return { ...started, ask: asker(["--data", started.dataDir], {}) }
}

/** One command after the other, each a process of its own; their JSON. */
export const asker = (args: readonly string[], env: Readonly<Record<string, string>>): Ask =>
  async <Answer>(...words: readonly string[]): Promise<Answer> => {
    const all = [ENTRY, ...words, "--json", ...args]
    const { stdout } = await promisify(execFile)(process.execPath, all, { env: { ...process.env, ...env } })
    return JSON.parse(stdout) as Answer
  }

/** `resultity node`, a process of its own; ready when the network may give it jobs. */
export const startNode = ({ io_url }: Pick<Ready, "io_url">, options: StartOptions): Promise<Started<Pick<Ready, "models" | "pid">>> =>
  start(["node", "--join", io_url, ...options.args], options)

/** `resultity serve`: one role of the platform, on the engines that `env` names. */
export const startRole = (role: string, options: RoleOptions): Promise<Started<RoleReady>> => start(["serve", role, ...options.args], options)

const start = async <Line>(words: readonly string[], { profileDir, env = {} }: { readonly profileDir: string | null; readonly env?: RoleOptions["env"] }): Promise<Started<Line>> => {
  const dataDir = await scratchFolder()
  const flags = profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`]
  const args = [...flags, ENTRY, ...words, "--json", "--data", dataDir]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } })
  let log = ""
  child.stderr.on("data", (data: Buffer) => (log = (log + data.toString()).slice(-4_000)))
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const stop = closedAtTheLatest(async () => {
    child.kill("SIGINT")
    await gone
    await stopServerOf(dataDir)
    await removeFolder(dataDir)
  })
  const line = new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve))
  const failed = gone.then(() => Promise.reject(new Error(`resultity ${words[0]} ended before it was ready:\n${log}`)))
  failed.catch(() => {})
  return { ready: JSON.parse(await Promise.race([line, failed])) as Line, dataDir, stop }
}

/** Interrupted while it starts, the network leaves its database server to the folder's next user; here there is none. */
const stopServerOf = async (dataDir: string): Promise<void> => {
  const pid = await postmasterPid(dataDir).catch(() => null)
  if (pid === null || !existsSync(`/proc/${pid}`)) return
  process.kill(pid, "SIGINT")
}
