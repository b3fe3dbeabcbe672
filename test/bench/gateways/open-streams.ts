import { execFileSync } from "node:child_process"
import { Agent } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import { percentiles } from "../measure.ts"
import { cpuFigures, type Part } from "../network-parts.ts"
import type { Plan } from "../plan.ts"
import { type Line, ms, printTable, whole } from "../table.ts"
import { type Gateway, startGateways } from "./contenders.ts"
import { type Arrival, openStream, type OpenStream, question } from "./paced-stream.ts"

const TOKENS_PER_SECOND = 5
const WORD_MS = 1_000 / TOKENS_PER_SECOND
/** They come one after the other, as from a thousand people, and all stay until the last has been there for a while. */
const OPEN_PER_SECOND = 150
const TOGETHER_S = 5
const SLACK_S = 4
/** A stream takes a socket of the client and one of the engine in each process between them, and the processes some files. */
const FILES_PER_STREAM = 2
const OTHER_FILES = 500

/** Many answers under way at once, each at a reader's pace: memory of each, and how late its chunks are. */
export const benchOpenStreams = async ({ openStreams, profileDir }: Plan): Promise<void> => {
  const streams = affordable(openStreams)
  const gateways = await startGateways({ profileDir, tokensPerSecond: TOKENS_PER_SECOND, slots: streams })
  const lines: Line[] = []
  try {
    for (const gateway of gateways.all) lines.push(await hold(gateway, streams))
  } finally {
    await gateways.stop()
  }
  printTable(`${whole(streams)} streams open at once, ${TOKENS_PER_SECOND} tokens/s each (how late a chunk is; memory per stream)`, lines)
}

/** Node raises its own limit to the hard one, and so do the processes here; beyond that only the system's owner can. */
const affordable = (wanted: number): number => {
  const limit = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim()
  const possible = limit === "unlimited" ? wanted : Math.floor((Number(limit) - OTHER_FILES) / FILES_PER_STREAM)
  if (possible < wanted) console.log(`this machine allows ${limit} open files a process (ulimit -Hn): ${possible} streams instead of ${wanted}`)
  return Math.min(wanted, possible)
}

const hold = async ({ name, endpoint, own, engine }: Gateway, streams: number): Promise<Line> => {
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity })
  const parts = [...own, engine]
  const words = Math.ceil((streams / OPEN_PER_SECOND + TOGETHER_S + SLACK_S) * TOKENS_PER_SECOND)
  try {
    await openStream(endpoint, question(TOKENS_PER_SECOND), agent).ended
    const before = await residents(parts)
    const open: OpenStream[] = []
    for (let opened = 0; opened < streams; opened += 1) {
      open.push(openStream(endpoint, question(words), agent))
      await delay(opened % 10 === 9 ? 10_000 / OPEN_PER_SECOND : 0)
    }
    await Promise.all(open.map(({ opened }) => opened))
    const from = performance.now()
    const [costBefore, after] = [await costs(parts), await residents(parts)]
    await delay(TOGETHER_S * 1_000)
    const until = performance.now()
    const costAfter = await costs(parts)
    await Promise.all(open.map(({ ended }) => ended))
    const { p50Ms, p99Ms } = percentiles(open.flatMap(({ arrivals }) => lateness(arrivals, from, until)))
    const share = new Map([...costAfter].map(([part, cost]) => [part, ((cost - (costBefore.get(part) ?? 0)) / (until - from)) * 1_000]))
    const kib = [...after].map(([part, mib]) => `${part} ${whole(((mib - (before.get(part) ?? 0)) * 1_024) / streams)} KiB`)
    return { name, figures: `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}`, ratio: `${kib.join(", ")}; CPU a second: ${cpuFigures(share)}` }
  } catch (cause) {
    return { name, figures: "does not bear it", ratio: String(cause) }
  } finally {
    agent.destroy()
  }
}

/** Against the schedule that the stream's most punctual chunk sets: it is due every `WORD_MS`. */
const lateness = (arrivals: readonly Arrival[], from: number, until: number): readonly number[] => {
  const offsets = arrivals.filter(({ at }) => at >= from && at <= until).map(({ word, at }) => at - word * WORD_MS)
  const punctual = Math.min(...offsets)
  return offsets.map((offset) => offset - punctual)
}

const residents = async (parts: readonly Part[]): Promise<ReadonlyMap<string, number>> =>
  new Map(await Promise.all(parts.flatMap(({ name, residentMib }) => (residentMib === null ? [] : [residentMib().then((mib) => [name, mib] as const)]))))

const costs = async (parts: readonly Part[]): Promise<ReadonlyMap<string, number>> =>
  new Map(await Promise.all(parts.map(async ({ name, cpuMs }) => [name, await cpuMs()] as const)))
