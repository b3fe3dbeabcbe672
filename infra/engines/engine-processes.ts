import { type ChildProcess, spawn } from "node:child_process"
import { mkdir, open, readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { freePort } from "../postgres/free-port.ts"
import { type EngineName, type EnginePlace, EngineUnavailable, type ProcessSpec, type Search } from "./engine.ts"
import type { Ledger } from "./ledger.ts"
import { MARK_VARIABLE, markOf } from "./marked-processes.ts"
import { obtain } from "./obtain.ts"
import { identityOf, isStillRunning } from "./process-identity.ts"
import type { StartedProcess } from "./state-file.ts"

const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 20
const LOG_TAIL_LINES = 4

/** The place of one engine: what it starts goes into the ledger before anybody waits for it. */
export const enginePlace = (name: EngineName, ledger: Ledger, search: Search): EnginePlace => {
  const folder = join(ledger.folder, name)
  const runningIn = async (role: string): Promise<StartedProcess | null> => {
    const known = ledger.read(name).processes.find((process) => process.role === role)
    return known !== undefined && (await isStillRunning(known)) ? known : null
  }
  const adopt: EnginePlace["adopt"] = async ({ role, pid, stop }) => {
    const identity = await identityOf(pid)
    if (identity === null) return
    ledger.started(name, { role, pid, identity, stop, startedAt: Date.now() })
  }
  const run = async (spec: ProcessSpec): Promise<void> => {
    search.interrupted.throwIfAborted()
    const { role } = spec
    const logFile = join(folder, `${role}.log`)
    const waiting = { logFile, interrupted: search.interrupted }
    // One that was just killed may die while we wait for it.
    const isGone = async (): Promise<boolean> => (await runningIn(role)) === null
    if (!(await isGone()) && (await untilReady(spec, isGone, waiting))) return
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const child = await spawnLogged(spec, { logFile, folder, mark: markOf(ledger.mark, name) })
    if (child.pid !== undefined) await adopt({ role, pid: child.pid, stop: spec.stop })
    if (!(await untilReady(spec, async () => hasEnded(child), waiting))) throw notStarted(spec, "it ended", await tailOf(logFile))
    child.unref()
  }
  return {
    ...search,
    folder,
    run,
    adopt,
    isRunning: async (role) => (await runningIn(role)) !== null,
    port: (role) => portOf(role, name, ledger),
    obtain: (wanted) => obtain(wanted, search),
  }
}

/**
 * The port of last time, so that an engine that was killed comes back where its clients look for it; another one only where nothing
 * of the engine runs and a stranger has the port.
 */
const portOf = async (role: string, name: EngineName, ledger: Ledger): Promise<number> => {
  const { ports, processes } = ledger.read(name)
  const known = ports[role] ?? null
  if (known !== null && (await Promise.all(processes.map(isStillRunning))).includes(true)) return known
  let port = await freePort(known)
  while (port !== known && ledger.portsGiven().has(port)) port = await freePort(null)
  const record = ledger.read(name)
  ledger.write({ ...record, ports: { ...record.ports, [role]: port } })
  return port
}

interface SpawnPlace {
  readonly logFile: string
  readonly folder: string
  readonly mark: string
}

/** In a session of its own: Ctrl-C in a terminal and the end of the starter do not reach it. */
const spawnLogged = async (spec: ProcessSpec, { logFile, folder, mark }: SpawnPlace): Promise<ChildProcess> => {
  const log = await open(logFile, "a", 0o600)
  try {
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder, LC_ALL: "C.UTF-8", TZ: "UTC", ...spec.env, [MARK_VARIABLE]: mark }
    const child = spawn(spec.program, spec.args, { cwd: folder, env, detached: true, stdio: ["ignore", log.fd, log.fd] })
    child.once("error", () => {})
    return child
  } finally {
    await log.close()
  }
}

interface Waiting {
  readonly logFile: string
  readonly interrupted: AbortSignal
}

/** Whether it takes requests; false when it has ended before it did. */
const untilReady = async (spec: ProcessSpec, isGone: () => Promise<boolean>, { logFile, interrupted }: Waiting): Promise<boolean> => {
  const deadline = Date.now() + (spec.readyTimeoutMs ?? READY_TIMEOUT_MS)
  for (;;) {
    interrupted.throwIfAborted()
    const why = await spec.ready().then(
      () => null,
      (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
    )
    if (why === null) return true
    if (await isGone()) return false
    if (Date.now() > deadline) throw notStarted(spec, `not ready in time: ${why}`, await tailOf(logFile))
    await delay(READY_POLL_MS)
  }
}

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean => pid === undefined || exitCode !== null || signalCode !== null

const notStarted = ({ program, role }: ProcessSpec, why: string, said: string): EngineUnavailable =>
  new EngineUnavailable({ message: `${program} (${role}) does not start: ${why}${said === "" ? "" : `: ${said}`}` })

const tailOf = async (file: string): Promise<string> =>
  (await readFile(file, "utf8").catch(() => "")).trim().split("\n").slice(-LOG_TAIL_LINES).join(" | ")
