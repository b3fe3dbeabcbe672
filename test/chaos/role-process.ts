import { type ChildProcess, spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))
const READY_MS = 60_000
/** What takes longer to leave in order is stuck, and gets SIGKILL. */
const STOP_MS = 75_000
/** Of what a process said last. */
const KEPT_CHARACTERS = 8_000_000
/** ... that is shown when it does not come up. */
const SHOWN_CHARACTERS = 4_000

export interface RoleProcess {
  readonly name: string
  /** The line that said it was ready. */
  readonly ready: () => Readonly<Record<string, unknown>>
  /** What it logged since it was started. */
  readonly said: () => string
  readonly start: () => Promise<void>
  readonly signal: (signal: NodeJS.Signals) => void
  /** SIGKILL, and waits until it is gone. */
  readonly kill: () => Promise<void>
  /** SIGTERM, and its exit code; null: it did not leave in order. One that was stopped by a signal goes on first. */
  readonly stop: () => Promise<number | null>
}

/** `resultity <words> --json` that can be killed and started again. */
export const roleProcess = (name: string, words: readonly string[], env: Readonly<Record<string, string>>): RoleProcess => {
  let child: ChildProcess | null = null
  let ready: Readonly<Record<string, unknown>> = {}
  let said = ""
  let gone: Promise<number | null> = Promise.resolve(null)

  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [ENTRY, ...words, "--json"], {
      env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"],
    })
    child = started
    let out = ""
    said = ""
    started.stderr.on("data", (data: Buffer) => (said = (said + data.toString()).slice(-KEPT_CHARACTERS)))
    gone = new Promise((resolve) => started.once("exit", (code) => resolve(code)))
    const line = new Promise<string>((resolve) => {
      started.stdout.on("data", (data: Buffer) => {
        out += data.toString()
        const end = out.indexOf("\n")
        if (end >= 0) resolve(out.slice(0, end))
      })
    })
    const ended = gone.then(() => Promise.reject(new Error(`${name} ended before it was ready:\n${said.slice(-SHOWN_CHARACTERS)}`)))
    ended.catch(() => {})
    ready = JSON.parse(await Promise.race([line, ended, late(name)])) as Record<string, unknown>
  }

  const kill = async (): Promise<void> => {
    child?.kill("SIGKILL")
    await gone
  }
  const stop = async (): Promise<number | null> => {
    child?.kill("SIGTERM")
    child?.kill("SIGCONT")
    const stuck = setTimeout(() => child?.kill("SIGKILL"), STOP_MS)
    return gone.finally(() => clearTimeout(stuck))
  }
  return { name, ready: () => ready, said: () => said, start, signal: (signal) => void child?.kill(signal), kill, stop }
}

const late = (name: string): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${name} is not ready after ${READY_MS / 1_000} s`)), READY_MS).unref()
  })
