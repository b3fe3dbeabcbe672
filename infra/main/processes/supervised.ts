import { type ChildProcess, spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { backoffMs } from "#node/backoff.ts"
import { SUPERVISED } from "../interrupt.ts"

/** One process of the platform. */
export interface ProcessPlan {
  /** `cloud-1` */
  readonly name: string
  /** Of the `resultity` command line. */
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface Supervised {
  readonly name: string
  /** What it says when it is ready for the first time; rejects when it ends before. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  /** Null while it is being started again. */
  readonly pid: () => number | null
  /** Lets it end what it has under way, and waits. */
  readonly stop: () => Promise<void>
}

/** A process that lived this long was well; the next restart is quick again. */
const HEALTHY_MS = 30_000
/** Longer than any role takes to drain. */
const STOP_MS = 30_000

/** Starts the process and starts it again whenever it ends, ever later if it keeps ending. `say` gets its lines, its name in front. */
export const supervised = (entry: string, plan: ProcessPlan, say: (line: string) => void): Supervised => {
  const { promise: ready, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>()
  ready.catch(() => {})
  let child: ChildProcess | null = null
  let gone: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let stopping = false
  let wasReady = false

  const start = (failures: number): void => {
    const since = Date.now()
    const started = spawn(process.execPath, [entry, ...plan.words, "--json"], {
      env: { ...process.env, ...plan.env, [SUPERVISED]: "1" }, stdio: ["pipe", "pipe", "pipe"],
      // Ctrl-C reaches the supervisor alone, which then stops its processes in order.
      detached: true,
    })
    child = started
    createInterface(started.stderr).on("line", (line) => say(`${plan.name}: ${line}`))
    createInterface(started.stdout).once("line", (line) => {
      wasReady = true
      resolve(JSON.parse(line) as Record<string, unknown>)
    })
    gone = new Promise((ended) => started.once("exit", (code, signal) => {
      child = null
      ended()
      if (stopping) return
      if (!wasReady) return reject(new Error(`${plan.name} ended with ${signal ?? code} before it was ready`))
      const again = Date.now() - since > HEALTHY_MS ? 0 : failures + 1
      const wait = backoffMs(again, Math.random())
      say(`${plan.name}: ended with ${signal ?? code}; starting it again in ${Math.round(wait)} ms`)
      timer = setTimeout(() => start(again), wait)
    }))
  }
  start(0)
  return {
    name: plan.name,
    ready,
    pid: () => child?.pid ?? null,
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      const [running] = [child]
      if (running === null) return
      running.kill("SIGTERM")
      const late = setTimeout(() => running.kill("SIGKILL"), STOP_MS)
      await gone
      clearTimeout(late)
    },
  }
}
