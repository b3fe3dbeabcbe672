import { setTimeout as delay } from "node:timers/promises"
import { type ClientTruth, findings, type LogEvent } from "./findings.ts"
import { type Load, startLoad } from "./load.ts"
import type { ChaosPlatform } from "./platform.ts"
import { cliJson, runCli } from "./resultity-cli.ts"

export interface KillLoopOptions {
  readonly kills: number
  readonly clients: number
  readonly say: (line: string) => void
}

export interface ChaosReport {
  readonly kills: number
  readonly answers: number
  readonly refused: Readonly<Record<string, number>>
  /** From the kill to the next answer that was asked for after it. */
  readonly recoveryMs: { readonly median: number; readonly longest: number; readonly longestAfter: string }
  readonly events: number
  readonly findings: readonly string[]
}

const GRANTED = 1_000_000_000n
/** From the last answer to the end of every hold: their deadline and the watchdog's grace. */
const SETTLE_MS = 200_000
const SETTLE_POLL_MS = 1_000
/** No kill may cost longer than this until somebody is answered again. */
const RECOVERY_MS = 90_000
const BETWEEN_KILLS_MS = 500

/** Kills one process or engine after the other under load, then asks the log for everything that clients know. */
export const killLoop = async (platform: ChaosPlatform, { kills, clients, say }: KillLoopOptions): Promise<ChaosReport> => {
  const key = await cliJson<{ readonly api_key: string; readonly namespace_id: string }>(
    platform.env, "keys", "create", "--new-namespace", "chaos", "--credits", String(GRANTED),
  )
  const load = startLoad({ baseUrls: platform.baseUrls, apiKey: key.api_key, clients })
  try {
    await recovered(load, "the start")
    const recoveries = []
    for (let n = 1; n <= kills; n += 1) {
      const { name, kill } = victim(platform, n)
      const from = performance.now()
      await kill()
      const backMs = performance.now() - from
      await recovered(load, name)
      const ms = performance.now() - from
      recoveries.push({ name, ms })
      say(`${String(n).padStart(3)} of ${kills}: killed ${name}; it runs again after ${seconds(backMs)}, next answer after ${seconds(ms)}`)
      await delay(BETWEEN_KILLS_MS)
    }
    await load.stop()
    say(`${load.acknowledged.length} answers; waiting for the last holds to end`)
    return await report(platform, { load, namespaceId: key.namespace_id, recoveries })
  } finally {
    await load.stop()
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

const recovered = async (load: Load, what: string): Promise<void> => {
  const late = delay(RECOVERY_MS, "late" as const, { ref: false })
  if ((await Promise.race([load.nextAnswer(), late])) === "late") throw new Error(`nobody was answered for ${seconds(RECOVERY_MS)} after ${what}`)
}

/** Every process and every engine in turn, two processes for each engine: the engines' kills hit all. */
const victim = ({ roles, engines, killEngine }: ChaosPlatform, n: number) => {
  const engine = n % 3 === 0 ? engines[(n / 3 - 1) % engines.length] : undefined
  if (engine !== undefined) return { name: engine, kill: () => killEngine(engine) }
  const role = roles[(n - 1 - Math.floor(n / 3)) % roles.length]
  if (role === undefined) throw new Error("there is nothing to kill")
  const kill = async (): Promise<void> => {
    await role.kill()
    await role.start()
  }
  return { name: role.name, kill }
}

interface Aftermath {
  readonly load: Load
  readonly namespaceId: string
  readonly recoveries: readonly { readonly name: string; readonly ms: number }[]
}

const report = async ({ env }: ChaosPlatform, { load, namespaceId, recoveries }: Aftermath): Promise<ChaosReport> => {
  const balance = await settledBalance(env, namespaceId)
  const lines = (await runCli(env, "events", "read")).trim().split("\n")
  const events = lines.map((line) => JSON.parse(line) as LogEvent)
  const verified = await runCli(env, "replay", "--verify").then(() => [], (cause: unknown) => [`the read models differ from a rebuild: ${String(cause)}`])
  const sorted = recoveries.toSorted((a, b) => a.ms - b.ms)
  const longest = sorted.at(-1)
  return {
    kills: recoveries.length,
    answers: load.acknowledged.length,
    refused: Object.fromEntries(load.refused),
    recoveryMs: { median: Math.round(sorted[Math.floor(sorted.length / 2)]?.ms ?? 0), longest: Math.round(longest?.ms ?? 0), longestAfter: longest?.name ?? "" },
    events: events.length,
    findings: [...findings(events, { acknowledged: load.acknowledged, granted: GRANTED, balance }), ...verified],
  }
}

/** Once nothing is held any more, or as it is when that takes too long. */
const settledBalance = async (env: Readonly<Record<string, string>>, namespaceId: string): Promise<ClientTruth["balance"]> => {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const balance = await cliJson<ClientTruth["balance"]>(env, "credits", "balance", "--namespace", namespaceId)
    if (balance.held === "0" || performance.now() > until) return balance
    await delay(SETTLE_POLL_MS)
  }
}
