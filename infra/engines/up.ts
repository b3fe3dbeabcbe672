import { mkdir, realpath } from "node:fs/promises"
import { withFolderLock } from "../postgres/folder-lock.ts"
import { engineOf } from "./catalogue.ts"
import { type EngineName, EngineUnavailable } from "./engine.ts"
import { enginePlace } from "./engine-processes.ts"
import { type Ledger, openLedger } from "./ledger.ts"
import { type EngineReport, environmentOf, optionalEngines, reportOf, titleOf } from "./report.ts"
import { stopProcess } from "./stop-processes.ts"

export interface UpOptions {
  readonly folder: string
  readonly only: readonly EngineName[]
  readonly say: (line: string) => void
  readonly interrupted: AbortSignal
}

export interface EnginesUp {
  readonly engines: readonly EngineReport[]
  readonly env: Readonly<Record<string, string>>
  readonly missing: readonly MissingEngine[]
}

export interface MissingEngine {
  readonly name: EngineName
  readonly why: string
  /** Named in `ENGINES_OPTIONAL`. */
  readonly optional: boolean
}

/** A server that is still starting may not listen to signals yet, and has nothing to lose. */
const INTERRUPTED_STOP_MS = 3_000

/**
 * Starts the engines that do not run yet and keeps those that do; one that was killed comes back on its port and its data. They outlive
 * this process until `takeDown`. Interrupted, it stops what it started.
 */
export const bringUp = async ({ folder: given, only, say, interrupted }: UpOptions): Promise<EnginesUp> => {
  await mkdir(given, { recursive: true, mode: 0o700 })
  const folder = await realpath(given)
  return withFolderLock(folder, async () => {
    const ledger = openLedger(folder)
    const outcomes = await Promise.all(only.map((name) => bringUpOne(name, ledger, { say: (line) => say(`${name}: ${line}`), interrupted })))
    if (interrupted.aborted) {
      for (const process of ledger.startedSinceOpen().toReversed()) await stopProcess(process, INTERRUPTED_STOP_MS)
      interrupted.throwIfAborted()
    }
    const engines = outcomes.filter((outcome) => "url" in outcome)
    return { engines, env: environmentOf(engines), missing: outcomes.filter((outcome) => "why" in outcome) }
  })
}

type Search = Pick<UpOptions, "say" | "interrupted">

const bringUpOne = async (name: EngineName, ledger: Ledger, search: Search): Promise<EngineReport | MissingEngine> => {
  try {
    const running = await engineOf(name).start(enginePlace(name, ledger, search))
    ledger.write({ ...ledger.read(name), running })
    const report = reportOf(ledger.read(name), ledger.folder)
    if (report === null) throw new EngineUnavailable({ message: "it ended at once" })
    search.say(`${titleOf(report)} on ${withoutPassword(report.url)}`)
    return report
  } catch (cause) {
    return { name, why: cause instanceof Error ? cause.message : String(cause), optional: optionalEngines().has(name) }
  }
}

const withoutPassword = (url: string): string => url.replace(/:[^:@/]+@/g, ":…@")
