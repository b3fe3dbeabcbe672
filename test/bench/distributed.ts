import { distributedEcho } from "./distributed-echo.ts"
import { echoLoad } from "./echo-load.ts"
import { embeddedEcho } from "./echo-network.ts"
import { cpuFigures, type Measured, measureParts, memoryLines } from "./network-parts.ts"
import { benchOverspend } from "./overspend.ts"
import type { Plan } from "./plan.ts"
import { type Line, ms, printTable, times, whole } from "./table.ts"

const CALLERS = [1, 16, 64] as const

/** Completions through separate processes on real engines beside the embedded profile, in turns; what each costs whom; the race for the last credits. */
export const benchDistributed = async (plan: Plan): Promise<void> => {
  const embedded = await embeddedEcho(plan.profileDir)
  try {
    const distributed = await distributedEcho(plan.profileDir)
    try {
      const oneGateway = { ...distributed, name: "one gateway", endpoints: distributed.endpoints.slice(0, 1) }
      const networks = [embedded, oneGateway, distributed]
      const loads = networks.map((network) => ({ ...network, load: echoLoad(network.endpoints) }))
      for (const { load } of loads) await load.warmUp(plan.warmUpRequests)
      for (const callers of CALLERS) {
        for (const mode of ["whole", "streamed"] as const) {
          const contenders = loads.map(({ parts, load }) => ({ parts, ask: load[mode] }))
          const measured = await measureParts({ ...plan, callers }, contenders)
          print(`${callers} callers, ${mode === "whole" ? "non-streaming" : "streaming"}`, loads.map(({ name }, index) => ({ name, measured: measured[index] })))
        }
      }
      for (const { load } of loads) load.close()
      printTable("resident memory after the run, embedded", await memoryLines(embedded.parts))
      printTable("resident memory after the run, separate processes", await memoryLines(distributed.parts))
      for (const network of networks) await benchOverspend(network)
    } finally {
      await distributed.stop()
    }
  } finally {
    await embedded.stop()
  }
}

interface Result {
  readonly name: string
  readonly measured: Measured | undefined
}

const print = (what: string, results: readonly Result[]): void => {
  const base = results[0]?.measured
  const known = results.flatMap(({ name, measured }) => (measured === undefined || base === undefined ? [] : [{ name, measured, base }]))
  const lines = known.map(({ name, measured: { rate }, base: { rate: of } }): Line => ({
    name,
    figures: `${whole(rate.perSecond)}/s  p50 ${ms(rate.p50Ms)}  p99 ${ms(rate.p99Ms)}`,
    ratio: `${times(rate.perSecond, of.perSecond)} embedded, adds ${ms(rate.p50Ms - of.p50Ms)}`,
  }))
  printTable(`completions, ${what}, echo engine, 20 tokens in and out (p50 is what the network adds)`, lines)
  for (const { name, measured: { cpu } } of known) console.log(`  CPU each, ${name}: ${ms([...cpu.values()].reduce((sum, one) => sum + one, 0))} = ${cpuFigures(cpu)}`)
}
