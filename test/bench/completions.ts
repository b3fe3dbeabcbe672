import { ChatClient } from "./chat-client.ts"
import { type Load, rateOf } from "./measure.ts"
import { startNetwork, startNode } from "./network-process.ts"
import { benchOverspend } from "./overspend.ts"
import type { Plan } from "./plan.ts"
import { cpuMs, familyCpuMs, postmasterPid, residentMib } from "./process-cost.ts"
import { type Line, ms, printTable, whole } from "./table.ts"

const CALLERS = [16, 64] as const
const SLOTS = 64
/** The echo engine says it again: 20 tokens in, 20 tokens out. */
const QUESTION = Array.from({ length: 20 }, (_, index) => `word${index}`).join(" ")
const QUOTED: readonly Line[] = [
  { name: "One API on Postgres", figures: "1.5 ms CPU", ratio: "adds 1.3 ms, loses its cap (quoted, not measured here)" },
  { name: "LiteLLM with keys", figures: "about 12 ms CPU", ratio: "adds about 10 ms (quoted, not measured here)" },
]

/** Completions per second without a model in the way, and what each costs whom; then the race for the last credits. */
export const benchCompletions = async (plan: Plan): Promise<void> => {
  const { profileDir, measureMs } = plan
  // Two processes, as in a real network: the node's work is on its owner's machine.
  const network = await startNetwork({ args: ["--no-node"], profileDir })
  const node = await startNode(network.ready, { args: ["--model", "echo:", "--slots", String(SLOTS)], profileDir })
  const ready = { ...network.ready, models: node.ready.models }
  const client = new ChatClient(ready)
  const pids = { network: ready.pid, node: node.ready.pid, postmaster: await postmasterPid(network.dataDir) }
  try {
    await warmUp(client, plan.warmUpRequests)
    for (const callers of CALLERS) {
      const load = { callers, measureMs }
      const whole = await measure(pids, load, () => client.whole({ content: QUESTION }))
      const streamed = await measure(pids, load, () => client.streamed({ content: QUESTION }))
      const lines = [{ name: "non-streaming", ...whole }, { name: "streaming", ...streamed }, ...QUOTED]
      printTable(`completions, ${callers} callers, echo engine, 20 tokens in and out (CPU each)`, lines)
    }
    printTable("resident memory after the run", [await memory("network", pids.network), await memory("node", pids.node)])
    await benchOverspend({ ...network, ready })
  } finally {
    client.close()
    await node.stop()
    await network.stop()
  }
}

const memory = async (name: string, pid: number): Promise<Line> => ({ name, figures: `${(await residentMib(pid)).toFixed(0)} MiB`, ratio: "" })

const warmUp = async (client: ChatClient, requests: number): Promise<void> => {
  let left = requests
  const caller = async (): Promise<void> => {
    while (left-- > 0) await (left % 2 === 0 ? client.whole({ content: QUESTION }) : client.streamed({ content: QUESTION }))
  }
  await Promise.all(Array.from({ length: SLOTS }, caller))
}

/** CPU time covers the whole measurement, warm-up and last answers too, and so do the completions it is divided by. */
const measure = async (
  pids: Pids,
  load: Load,
  ask: () => Promise<unknown>,
): Promise<Omit<Line, "name">> => {
  const cost = async () => ({
    network: await cpuMs(pids.network), node: await cpuMs(pids.node), postgres: await familyCpuMs(pids.postmaster),
  })
  let completions = 0
  const before = await cost()
  const { perSecond, p50Ms, p99Ms } = await rateOf(load, async () => {
    await ask()
    completions += 1
  })
  const after = await cost()
  const per = (process: keyof typeof after): string => ms((after[process] - before[process]) / completions)
  const cpu = `network ${per("network")}, Postgres ${per("postgres")}, node ${per("node")}`
  return { figures: `${whole(perSecond)}/s`, ratio: `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}; ${cpu}` }
}

interface Pids {
  readonly network: number
  readonly node: number
  readonly postmaster: number
}
