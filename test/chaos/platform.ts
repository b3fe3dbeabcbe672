import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { newSecretsFile } from "#infra/config/secrets.ts"
import { takeDown } from "#infra/engines/down.ts"
import type { EngineName } from "#infra/engines/engine.ts"
import { bringUp, type EnginesUp } from "#infra/engines/up.ts"
import { freePort } from "#infra/postgres/free-port.ts"
import { type RoleProcess, roleProcess } from "./role-process.ts"

const OWNER_ONLY = 0o600

export interface ChaosPlatform {
  readonly env: Readonly<Record<string, string>>
  /** Cloud gateways' addresses; they stay the same over restarts. */
  readonly baseUrls: readonly string[]
  readonly roles: readonly RoleProcess[]
  readonly engines: readonly EngineName[]
  /** SIGKILLs the engine's server and starts it again on its data. */
  readonly killEngine: (name: EngineName) => Promise<void>
  readonly stop: () => Promise<void>
}

export interface ChaosOptions {
  /** Of the processes; the addresses of engines are added. */
  readonly env: Readonly<Record<string, string>>
  readonly engines: readonly EngineName[]
  readonly say: (line: string) => void
}

/** The whole platform on its own engines, in a folder that goes with it: every role as often as it takes to see a standby take over. */
export const startPlatform = async ({ env: given, engines, say }: ChaosOptions): Promise<ChaosPlatform> => {
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
    await writeFile(secrets, newSecretsFile(), { mode: OWNER_ONLY })
    const env = { ...running.env, SECRETS_FILE: secrets, RESULTITY_HOME: join(folder, "data"), ...given }
    const { roles, baseUrls } = await makeRoles(folder, env)
    closing.push(() => Promise.all(roles.map((role) => role.stop())))
    // What a gateway needs first: tables, then the others.
    for (const role of roles) {
      await role.start()
      say(`${role.name} runs`)
    }
    const killEngine = async (name: EngineName): Promise<void> => {
      const killed = running.engines.find((engine) => engine.name === name)
      const { processes } = killed ?? { processes: [] }
      const now = (await up([name])).engines[0]?.processes ?? processes
      for (const { pid } of now.slice(-1)) process.kill(pid, "SIGKILL")
      await up([name])
    }
    return { env, baseUrls, roles, engines, killEngine, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

const makeRoles = async (folder: string, env: Readonly<Record<string, string>>) => {
  const [io1, io2, cloud1, cloud2] = [await freePort(null), await freePort(null), await freePort(null), await freePort(null)]
  const serve = (name: string, role: string, port?: number): RoleProcess =>
    roleProcess(name, ["serve", role, ...(port === undefined ? [] : ["--port", String(port)])], env)
  const node = (name: string, port: number): RoleProcess =>
    roleProcess(name, ["node", "--join", `ws://127.0.0.1:${port}/io`, "--data", join(folder, name)], env)
  const roles = [
    serve("projector-1", "projector"), serve("projector-2", "projector"),
    serve("dispatcher-1", "dispatcher"), serve("dispatcher-2", "dispatcher"),
    serve("settlement-1", "settlement"), serve("watchdog-1", "watchdog"),
    serve("io-1", "io", io1), serve("io-2", "io", io2),
    serve("cloud-1", "cloud", cloud1), serve("cloud-2", "cloud", cloud2),
    node("node-1", io1), node("node-2", io2),
  ]
  return { roles, baseUrls: [cloud1, cloud2].map((port) => `http://127.0.0.1:${port}/v1`) }
}
