import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { EngineFailed } from "#node/ports/inference-engine.ts"
import { WORKER_FLAGS } from "./permissions.ts"
import { workerEnvironment } from "./worker-environment.ts"
import type { FromWorker, LoadedFacts, LoadOptions, ToWorker } from "./worker-messages.ts"

const ENTRY = fileURLToPath(new URL("./worker.ts", import.meta.url))
/** A process that was told to end and has not is killed. */
const KILL_MS = 2_000

export interface WorkerProcess {
  readonly pid: number
  readonly facts: LoadedFacts
  readonly send: (message: ToWorker) => void
  /** Resolves with the reason when the process is gone. */
  readonly gone: Promise<string>
  readonly stop: () => Promise<void>
}

type Answer = Extract<FromWorker, { type: "texts" | "ended" | "counted" }>

/** Starts an inference process and loads the model; `EngineFailed` says why that was not possible. */
export const startWorker = async (
  options: LoadOptions,
  { onAnswer, log }: { readonly onAnswer: (answer: Answer) => void; readonly log: (line: string) => void },
): Promise<WorkerProcess> => {
  const child = fork(ENTRY, [], { execArgv: WORKER_FLAGS, env: workerEnvironment(), stdio: ["ignore", "ignore", "pipe", "ipc"] })
  const gone = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(reasonOf(code, signal)))
    child.once("error", ({ message }) => resolve(message))
  })
  const lines = child.stderr === null ? null : createInterface(child.stderr)
  lines?.on("line", log)
  const send = (message: ToWorker): void => {
    // What cannot be sent belongs to a process that is gone; `gone` tells.
    if (child.connected) child.send(message, () => {})
  }
  const loaded = new Promise<LoadedFacts>((resolve, reject) => {
    child.on("message", (message: FromWorker) => {
      if (message.type === "loaded") return resolve(message)
      if (message.type === "load_failed") return reject(new EngineFailed({ message: message.message }))
      onAnswer(message)
    })
    void gone.then((reason) => reject(new EngineFailed({ message: `the inference process ended while it loaded the model: ${reason}` })))
  })
  send({ type: "load", options })
  try {
    const facts = await loaded
    return { pid: child.pid ?? 0, facts, send, gone, stop: () => end(child) }
  } catch (cause) {
    await end(child)
    throw cause
  }
}

const reasonOf = (code: number | null, signal: NodeJS.Signals | null): string => {
  if (signal === null) return `code ${code}`
  return signal === "SIGKILL" ? "it was killed (out of memory?)" : signal
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, "exit")
  const timer = setTimeout(() => child.kill("SIGKILL"), KILL_MS)
  if (child.connected) child.disconnect()
  await exited
  clearTimeout(timer)
}
