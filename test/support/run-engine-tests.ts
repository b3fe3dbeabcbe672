import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { ENGINE_NAMES } from "#infra/engines/engine.ts"
import { takeDown } from "#infra/engines/down.ts"
import { bringUp } from "#infra/engines/up.ts"
import { enginesToStart } from "./engines.ts"

const VITEST = ["vitest", "run", "--config", "vitest.engines.config.ts"]
const EXIT_FAILED = 1
const EXIT_INTERRUPTED = 130

const stopping = new AbortController()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort())

/** Starts the real servers in a folder of their own, runs the tests on them, and stops what it started whatever happens. */
const main = async (): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), "resultity-engines-"))
  try {
    const say = (line: string): void => void process.stderr.write(`${line}\n`)
    const { env, missing } = await bringUp({ folder, only: enginesToStart(), say, interrupted: stopping.signal })
    for (const { name, why, optional } of missing) say(`${name}: ${why}${optional ? " (optional: its tests are left out)" : ""}`)
    const needed = missing.filter(({ optional }) => !optional).map(({ name }) => name)
    if (needed.length > 0) {
      say(`cannot test without ${needed.join(", ")}; ENGINES_OPTIONAL=${needed.join(",")} leaves out what needs them`)
      process.stdout.write("0 passed, 1 failed\n")
      return EXIT_FAILED
    }
    return await runVitest(env)
  } finally {
    await takeDown(folder, ENGINE_NAMES)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const runVitest = async (env: Readonly<Record<string, string>>): Promise<number> => {
  const [program = "", ...args] = [...VITEST, ...process.argv.slice(2)]
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } })
  // A terminal sends Ctrl-C to vitest as well; a CI that ends a step tells only us.
  stopping.signal.addEventListener("abort", () => child.kill("SIGTERM"))
  return endOf(child)
}

const endOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => resolve(code ?? EXIT_FAILED))
  })

process.exitCode = await main().catch((cause: unknown) => {
  if (stopping.signal.aborted) return EXIT_INTERRUPTED
  process.stderr.write(`engine tests: ${cause instanceof Error ? cause.message : String(cause)}\n`)
  process.stdout.write("0 passed, 1 failed\n")
  return EXIT_FAILED
})
