import process from "node:process"
import { ChatClient } from "../chat-client.ts"
import { QUESTION } from "../echo-load.ts"
import { percentiles } from "../measure.ts"
import { type Contender, type Measured, measureParts, memoryLines, processPart } from "../network-parts.ts"
import { benchOverspend } from "../overspend.ts"
import type { Plan } from "../plan.ts"
import { printTable } from "../table.ts"
import { type Gateway, type Gateways, startGateways } from "./contenders.ts"
import { type Figures, gatewayLines, goalLines, ONE_API } from "./figures.ts"
import { benchOpenStreams } from "./open-streams.ts"

const CALLERS = [1, 16, 64] as const
const MODES = ["non-streaming", "streaming"] as const
const SLOTS = 64
/** It shares the cores with what it asks, and reads more of a stream than of a whole answer. */
const CLIENT = processPart("client", process.pid)
/** Of each turn: many times the longest answer. */
const MIN_TURN_MS = 500

/** What the network adds, costs and bears beside a plain proxy and Portkey's gateway, all in front of an echo, in turns. */
export const benchGateways = async (plan: Plan): Promise<void> => {
  const gateways = await startGateways({ profileDir: plan.profileDir, tokensPerSecond: null, slots: SLOTS })
  try {
    await measureAll(gateways, plan)
    const parts = gateways.all.flatMap(({ own, engine }) => [...own, engine])
    printTable("resident memory after the run", await memoryLines([...new Set(parts)]))
    await benchOverspend(gateways.network)
  } finally {
    await gateways.stop()
  }
  await benchOpenStreams(plan)
}

const measureAll = async ({ all }: Gateways, plan: Plan): Promise<void> => {
  const clients = all.map(({ endpoint }) => new ChatClient(endpoint))
  const goals = []
  const measureMs = Math.max(plan.measureMs, MIN_TURN_MS * plan.rounds)
  for (const client of clients) await warmUp(client, plan.warmUpRequests)
  for (const callers of CALLERS) {
    for (const mode of MODES) {
      const asked = clients.map((client) => asking(client, mode))
      const contenders: Contender[] = all.map(({ own, engine }, index) => ({ parts: [...own, engine, CLIENT], ask: asked[index]?.ask ?? (async () => {}) }))
      const measured = await measureParts({ ...plan, measureMs, callers }, contenders)
      const figures = all.map((gateway, index) => figuresOf(gateway, measured[index], asked[index]?.firstMs ?? []))
      printTable(`${callers} callers, ${mode}, 20 tokens in and out (added to the echo server; CPU per completion)`, gatewayLines(figures, mode))
      goals.push(...goalLines(`${callers} callers, ${mode}`, figures))
    }
  }
  printTable(`goals: no slower than Portkey, at least ${ONE_API.perSecond * 2} completions/s, at most ${ONE_API.cpuMs} ms of CPU`, goals)
  for (const client of clients) client.close()
}

const asking = (client: ChatClient, mode: (typeof MODES)[number]) => {
  const firstMs: number[] = []
  const ask = async (): Promise<void> => {
    const { firstTextMs } = await (mode === "streaming" ? client.streamed(QUESTION) : client.whole(QUESTION))
    firstMs.push(firstTextMs)
  }
  return { ask, firstMs }
}

const figuresOf = ({ name, own }: Gateway, measured: Measured | undefined, firstMs: readonly number[]): Figures => {
  if (measured === undefined) throw new Error(`${name} was not measured`)
  const names = new Set(own.map((part) => part.name))
  return { name, rate: measured.rate, first: percentiles(firstMs), own: new Map([...measured.cpu].filter(([part]) => names.has(part))), all: measured.cpu }
}

const warmUp = async (client: ChatClient, requests: number): Promise<void> => {
  let left = requests
  const ask = async (): Promise<void> => {
    while (left-- > 0) await (left % 2 === 0 ? client.whole(QUESTION) : client.streamed(QUESTION))
  }
  await Promise.all(Array.from({ length: SLOTS }, ask))
}
