import { execFile, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { closedAtTheLatest } from "./clean-up.ts"
import { removeFolder, scratchFolder } from "./scratch-postgres.ts"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))

export interface Ready {
  readonly base_url: string
  readonly api_key: string
  readonly models: readonly string[]
  readonly pid: number
}

export interface NetworkProcess {
  readonly ready: Ready
  readonly dataDir: string
  /** Another command on the same data folder; its JSON. */
  readonly ask: <Answer>(...args: readonly string[]) => Promise<Answer>
  readonly stop: () => Promise<void>
}

/** `resultity up` with a new data folder, as a user starts it; the folder goes with it. */
export const startNetwork = async (options: { readonly args: readonly string[]; readonly profileDir: string | null }): Promise<NetworkProcess> => {
  const dataDir = await scratchFolder()
  const flags = options.profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${options.profileDir}`]
  const args = [...flags, ENTRY, "up", "--json", "--port", "0", "--data", dataDir, ...options.args]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
  let log = ""
  child.stderr.on("data", (data: Buffer) => (log = (log + data.toString()).slice(-4_000)))
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const stop = closedAtTheLatest(async () => {
    child.kill("SIGINT")
    await gone
    await removeFolder(dataDir)
  })
  const line = new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve))
  const failed = gone.then(() => Promise.reject(new Error(`resultity up ended before it was ready:\n${log}`)))
  failed.catch(() => {})
  const ready = JSON.parse(await Promise.race([line, failed])) as Ready
  const ask = async <Answer>(...words: readonly string[]): Promise<Answer> => {
    const { stdout } = await promisify(execFile)(process.execPath, [ENTRY, ...words, "--json", "--data", dataDir])
    return JSON.parse(stdout) as Answer
  }
  return { ready, dataDir, ask, stop }
}
