import { type ChildProcess, execFile, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { vi } from "vitest"

const ENTRY = fileURLToPath(new URL("../../infra/main/resultity.mjs", import.meta.url))
const READY_MS = 60_000

export interface Running {
  readonly pid: number
  /** The line that said it is ready. */
  readonly ready: Record<string, unknown>
  readonly output: () => string
  /** Ends it as Ctrl-C does, and waits. */
  readonly stop: () => Promise<number | null>
  /** SIGKILL, and waits until the process is gone. */
  readonly kill: () => Promise<void>
}

const running = new Set<Running>()

/** Starts `resultity <args> --json` and waits for its one line. */
export const start = async (...args: readonly string[]): Promise<Running> => {
  const child = spawn(process.execPath, [ENTRY, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()))
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()))
  const gone = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)))
  const exited = gone.then((code) => {
    throw new Error(`resultity ${args.join(" ")} ended with ${code} before it was ready:\n${stderr}`)
  })
  const line = await Promise.race([firstLine(child, () => stdout), exited])
  const one: Running = {
    pid: child.pid ?? 0,
    ready: JSON.parse(line) as Record<string, unknown>,
    output: () => stderr,
    stop: async () => {
      running.delete(one)
      child.kill("SIGINT")
      return gone
    },
    kill: async () => {
      running.delete(one)
      child.kill("SIGKILL")
      await gone
    },
  }
  exited.catch(() => {})
  running.add(one)
  return one
}

const firstLine = (child: ChildProcess, read: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${READY_MS / 1000} s`)), READY_MS)
    child.stdout?.on("data", () => {
      const end = read().indexOf("\n")
      if (end < 0) return
      clearTimeout(timer)
      resolve(read().slice(0, end))
    })
  })

/** Runs one command to its end. Never rejects for an exit code. */
export const resultity = async (
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [ENTRY, ...args], { maxBuffer: 64 * 1024 * 1024 })
    return { code: 0, stdout, stderr }
  } catch (failure) {
    const { code, stdout, stderr } = failure as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

/** The command's JSON; throws with what it said when it failed. */
export const resultityJson = async <Shape>(...args: readonly string[]): Promise<Shape> => {
  const { code, stdout, stderr } = await resultity(...args, "--json")
  if (code !== 0) throw new Error(`resultity ${args.join(" ")} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Shape
}

export const temporaryFolder = async (): Promise<string> => mkdtemp(join(tmpdir(), "resultity-e2e-"))

/** Stops what a failed test left running, then deletes its folders. */
export const cleanUp = async (folders: string[]): Promise<void> => {
  for (const one of [...running]) await one.stop()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

export const eventually = <Value>(read: () => Value | Promise<Value>, timeoutMs = 20_000): Promise<Value> =>
  vi.waitFor(read, { timeout: timeoutMs, interval: 50 })
