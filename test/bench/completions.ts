import { ChatClient } from "./chat-client.ts"
import { rateOf } from "./measure.ts"
import { type NetworkProcess, startNetwork } from "./network-process.ts"
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

/** Completions per second without a model in the way, and what each costs; then the race for the last credits. */
export const benchCompletions = async (plan: Plan): Promise<void> => {
  const network = await startNetwork({ args: ["--model", "echo:", "--slots", String(SLOTS)], profileDir: plan.profileDir })
  const client = new ChatClient(network.ready)
  try {
    for (const callers of CALLERS) {
      const whole = await measure(network, { callers, measureMs: plan.measureMs }, () => client.whole({ content: QUESTION }))
      const streamed = await measure(network, { callers, measureMs: plan.measureMs }, () => client.streamed({ content: QUESTION }))
      const lines = [{ name: "non-streaming", ...whole }, { name: "streaming", ...streamed }, ...QUOTED]
      printTable(`completions, ${callers} callers, echo engine, network and node in one process`, lines)
    }
    const resident = `${(await residentMib(network.ready.pid)).toFixed(0)} MiB`
    printTable("resident memory after the run", [{ name: "network and node", figures: resident, ratio: "" }])
    await benchOverspend(network)
  } finally {
    client.close()
    await network.stop()
  }
}

/** CPU time covers the whole measurement, warm-up and last answers too, and so do the completions it is divided by. */
const measure = async (
  { ready, dataDir }: NetworkProcess,
  load: { readonly callers: number; readonly measureMs: number },
  ask: () => Promise<unknown>,
): Promise<Omit<Line, "name">> => {
  const postmaster = await postmasterPid(dataDir)
  const cost = async () => ({ network: await cpuMs(ready.pid), postgres: await familyCpuMs(postmaster) })
  let completions = 0
  const before = await cost()
  const { perSecond, p50Ms, p99Ms } = await rateOf(load, async () => {
    await ask()
    completions += 1
  })
  const after = await cost()
  const per = (spentMs: number): string => ms(spentMs / completions)
  const cpu = `${per(after.network - before.network)} + Postgres ${per(after.postgres - before.postgres)} CPU each`
  return { figures: `${whole(perSecond)}/s`, ratio: `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}; ${cpu}` }
}
