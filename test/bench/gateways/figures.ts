import type { Rate } from "../measure.ts"
import { cpuFigures } from "../network-parts.ts"
import { type Line, ms, times, whole } from "../table.ts"

export interface Figures {
  readonly name: string
  readonly rate: Rate
  /** Until the first text was there. */
  readonly first: { readonly p50Ms: number; readonly p99Ms: number }
  /** CPU milliseconds for each completion of what stands between client and engine, and with the engine. */
  readonly own: ReadonlyMap<string, number>
  readonly all: ReadonlyMap<string, number>
}

/** Go and Postgres; it loses its cap under load. Measured once on such a machine, quoted here. */
export const ONE_API = { perSecond: 355, cpuMs: 1.5 } as const

/** The first is the echo server asked directly: what each other adds is added to that. */
export const gatewayLines = ([direct, ...gateways]: readonly Figures[], mode: "non-streaming" | "streaming"): readonly Line[] => {
  if (direct === undefined) return []
  const line = (one: Figures): Line => {
    const { rate, first, all } = one
    const whole_ = `p50 ${ms(rate.p50Ms)}  p99 ${ms(rate.p99Ms)}`
    const added = one === direct ? "" : `, adds ${ms(rate.p50Ms - direct.rate.p50Ms)} and ${ms(rate.p99Ms - direct.rate.p99Ms)}`
    const text = mode === "streaming" ? `; first text p50 ${ms(first.p50Ms)}  p99 ${ms(first.p99Ms)}` : ""
    return { name: one.name, figures: `${whole(rate.perSecond)}/s`, ratio: `${whole_}${added}${text}; ${cpuFigures(all)}` }
  }
  return [direct, ...gateways].map(line)
}

/** How the network stands to Portkey in the same rounds, and to twice One API's rate and its CPU. */
export const goalLines = (name: string, [, , portkey, network]: readonly Figures[]): readonly Line[] => {
  if (portkey === undefined || network === undefined) return []
  const latency = network.rate.p50Ms / portkey.rate.p50Ms
  const cpu = [...network.own.values()].reduce((sum, cost) => sum + cost, 0)
  const { perSecond } = network.rate
  const goal = ONE_API.perSecond * 2
  const verdict = (reached: boolean): string => (reached ? "reached" : "missed")
  return [{
    name,
    figures: `${latency.toFixed(2)} × Portkey's p50 (${verdict(latency <= 1)})`,
    ratio: `${whole(perSecond)}/s = ${times(perSecond, goal)} (${verdict(perSecond >= goal)}); CPU ${ms(cpu)} = ${times(cpu, ONE_API.cpuMs)} (${verdict(cpu <= ONE_API.cpuMs)})`,
  }]
}
