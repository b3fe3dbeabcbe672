import type { EngineName } from "#infra/engines/engine.ts"
import { takeDown } from "#infra/engines/down.ts"
import type { EngineReport } from "#infra/engines/report.ts"
import { bringUp } from "#infra/engines/up.ts"
import { closedAtTheLatest } from "./clean-up.ts"
import { removeFolder, scratchFolder } from "./scratch-postgres.ts"

export interface ScratchEngines {
  /** What processes need to find them. */
  readonly env: Readonly<Record<string, string>>
  readonly report: (name: EngineName) => EngineReport
  readonly close: () => Promise<void>
}

/** Real servers in a folder of their own, as `resultity engines up` starts them; stopped and thrown away afterwards. */
export const scratchEngines = async (only: readonly EngineName[]): Promise<ScratchEngines> => {
  const folder = await scratchFolder()
  const interrupting = new AbortController()
  const say = (line: string): void => console.error(line)
  const starting = bringUp({ folder, only, say, interrupted: interrupting.signal })
  const close = closedAtTheLatest(async () => {
    interrupting.abort()
    await starting.catch(() => {})
    await takeDown(folder, only)
    await removeFolder(folder)
  })
  try {
    const { engines, env, missing } = await starting
    const [first] = missing
    if (first !== undefined) throw new Error(`${first.name}: ${first.why}`)
    const report = (name: EngineName): EngineReport => {
      const found = engines.find((engine) => engine.name === name)
      if (found === undefined) throw new Error(`${name} was not started`)
      return found
    }
    return { env, report, close }
  } catch (cause) {
    await close()
    throw cause
  }
}
