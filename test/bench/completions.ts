import { echoLoad } from "./echo-load.ts"
import { embeddedEcho } from "./echo-network.ts"
import { cpuFigures, type Measured, measureParts, memoryLines } from "./network-parts.ts"
import { benchOverspend } from "./overspend.ts"
import type { Plan } from "./plan.ts"
import { type Line, ms, printTable, whole } from "./table.ts"

const CALLERS = [16, 64] as const
const QUOTED: readonly Line[] = [
  { name: "One API on Postgres", figures: "1.5 ms CPU", ratio: "adds 1.3 ms, loses its cap (quoted, not measured here)" },
  { name: "LiteLLM with keys", figures: "about 12 ms CPU", ratio: "adds about 10 ms (quoted, not measured here)" },
]

/** Completions per second without a model in the way, and what each costs whom; then the race for the last credits. */
export const benchCompletions = async (plan: Plan): Promise<void> => {
  const network = await embeddedEcho(plan.profileDir)
  const load = echoLoad(network.endpoints)
  const { parts } = network
  try {
    await load.warmUp(plan.warmUpRequests)
    for (const callers of CALLERS) {
      const [plain, streaming] = await measureParts({ ...plan, callers, rounds: 1 }, [{ parts, ask: load.whole }, { parts, ask: load.streamed }])
      const lines = [...lineOf("non-streaming", plain), ...lineOf("streaming", streaming), ...QUOTED]
      printTable(`completions, ${callers} callers, echo engine, 20 tokens in and out (CPU each)`, lines)
    }
    printTable("resident memory after the run", await memoryLines(parts))
    await benchOverspend(network)
  } finally {
    load.close()
    await network.stop()
  }
}

const lineOf = (name: string, measured: Measured | undefined): readonly Line[] => {
  if (measured === undefined) return []
  const { perSecond, p50Ms, p99Ms } = measured.rate
  return [{ name, figures: `${whole(perSecond)}/s`, ratio: `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}; ${cpuFigures(measured.cpu)}` }]
}
