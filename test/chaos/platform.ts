import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { newSecretsFile } from "#infra/config/secrets.ts"
import { takeDown } from "#infra/engines/down.ts"
import type { EngineName } from "#infra/engines/engine.ts"
import { isStillRunning } from "#infra/engines/process-identity.ts"
import { readState } from "#infra/engines/state-file.ts"
import { bringUp, type EnginesUp } from "#infra/engines/up.ts"
import { freePort } from "#infra/postgres/free-port.ts"
import { type RoleProcess, roleProcess } from "./role-process.ts"

const OWNER_ONLY = 0o600
const GONE_POLL_MS = 10

type Env = Readonly<Record<string, string>>

export interface ChaosPlatform {
  readonly env: Env
  /** Cloud gateways' addresses; they stay the same over restarts. */
  readonly baseUrls: readonly string[]
  readonly roles: readonly RoleProcess[]
  readonly role: (name: string) => RoleProcess
  /** For the processes' metrics. */
  readonly adminToken: string
  readonly engines: readonly EngineName[]
  /** SIGKILLs the engine's server and starts it again on its data. */
  readonly killEngine: (name: EngineName) => Promise<void>
  readonly stop: () => Promise<void>
}

export interface ChaosOptions {
  /** Of the processes; the addresses of engines are added. */
  readonly env: Env
  readonly engines: readonly EngineName[]
  /** More words for `resultity node`. */
  readonly nodeWords?: readonly string[]
  /** What one process has otherwise in its environment, once the engines' addresses are known. */
  readonly envOf?: (name: string, env: Env) => Promise<Env>
  readonly say: (line: string) => void
}

/** The whole platform on its own engines, in a folder that goes with it: every role as often as it takes to see a standby take over. */
export const startPlatform = async (options: ChaosOptions): Promise<ChaosPlatform> => {
  const { env: given, engines, say } = options
  const folder = await mkdtemp(join(tmpdir(), "resultity-chaos-"))
  const engineFolder = join(folder, "engines")
  const up = (only: readonly EngineName[]): Promise<EnginesUp> =>
    bringUp({ folder: engineFolder, only, say: () => {}, interrupted: new AbortController().signal })
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })]
  const stop = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    closing.push(() => takeDown(engineFolder, engines))
    const running = await up(engines)
    const [missing] = running.missing
    if (missing !== undefined) throw new Error(`${missing.name}: ${missing.why}`)
    const secrets = join(folder, "secrets.json")
    const text = newSecretsFile()
    await writeFile(secrets, text, { mode: OWNER_ONLY })
    const env = { ...running.env, SECRETS_FILE: secrets, RESULTITY_HOME: join(folder, "data"), ...given }
    const { roles, baseUrls } = await makeRoles(folder, env, options)
    closing.push(() => Promise.all(roles.map((role) => role.stop())))
    // What a gateway needs first: tables, then the others.
    for (const role of roles) {
      await role.start()
      say(`${role.name} runs`)
    }
    const killEngine = async (name: EngineName): Promise<void> => {
      const killed = readState(engineFolder).engines.find((engine) => engine.name === name)?.processes ?? []
      for (const { pid } of killed) process.kill(pid, "SIGKILL")
      // Or `up` would find it running still.
      while ((await Promise.all(killed.map(isStillRunning))).includes(true)) await delay(GONE_POLL_MS)
      const [missing] = (await up([name])).missing
      if (missing !== undefined) throw new Error(`${missing.name}: ${missing.why}`)
    }
    const role = (name: string): RoleProcess => {
      const found = roles.find((one) => one.name === name)
      if (found === undefined) throw new Error(`no process is called ${name}`)
      return found
    }
    const { adminToken } = JSON.parse(text) as { readonly adminToken: string }
    return { env, baseUrls, roles, role, adminToken, engines, killEngine, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

const SERVED = [
  "projector-1", "projector-2", "dispatcher-1", "dispatcher-2", "settlement-1", "settlement-2", "watchdog-1", "watchdog-2", "io-1", "io-2", "cloud-1", "cloud-2",
] as const

const makeRoles = async (folder: string, env: Env, { nodeWords = [], envOf = async () => ({}) }: ChaosOptions) => {
  const ports = new Map<string, number>()
  for (const name of ["io-1", "io-2", "cloud-1", "cloud-2"]) ports.set(name, await freePort(null))
  const process = async (name: string, ...words: readonly string[]): Promise<RoleProcess> =>
    roleProcess(name, words, { ...env, ...(await envOf(name, env)) })
  const serve = (name: string): Promise<RoleProcess> =>
    process(name, "serve", name.replace(/-\d+$/, ""), "--port", String(ports.get(name) ?? 0))
  const node = (name: string, io: string): Promise<RoleProcess> =>
    process(name, "node", "--join", `ws://127.0.0.1:${ports.get(io)}/io`, "--data", join(folder, name), ...nodeWords)
  const roles = await Promise.all([...SERVED.map(serve), node("node-1", "io-1"), node("node-2", "io-2"), serve("status-1")])
  return { roles, baseUrls: ["cloud-1", "cloud-2"].map((name) => `http://127.0.0.1:${ports.get(name)}/v1`) }
}
