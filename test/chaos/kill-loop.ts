import { setTimeout as delay } from "node:timers/promises"
import { type Account, openAccount } from "./account.ts"
import { aftermath } from "./aftermath.ts"
import { type Load, startLoad } from "./load.ts"
import type { ChaosPlatform } from "./platform.ts"

export interface KillLoopOptions {
  readonly kills: number
  readonly clients: number
  /** Aborted: no further kill; what was done so far is checked all the same. */
  readonly enough?: AbortSignal
  readonly say: (line: string) => void
}

export interface ChaosReport {
  readonly kills: number
  readonly answers: number
  /** How many an operator was told of. */
  readonly grants: number
  readonly refused: Readonly<Record<string, number>>
  /** From the kill to the next answer that was asked for after it. */
  readonly recoveryMs: { readonly median: number; readonly longest: number; readonly longestAfter: string }
  readonly events: number
  readonly findings: readonly string[]
}

const FIRST_GRANT = 1_000_000_000n
/** Each further one is of another amount, so that none can stand for another. */
const NEXT_GRANT = 1_000n
/** No kill may cost longer than this until somebody is answered again. */
const RECOVERY_MS = 90_000
const BETWEEN_KILLS_MS = 500

/** Kills one process or engine after the other under load, then asks the log for everything that clients know. */
export const killLoop = async (platform: ChaosPlatform, { kills, clients, enough, say }: KillLoopOptions): Promise<ChaosReport> => {
  const account = await openAccount(platform.env, FIRST_GRANT)
  const load = startLoad({ baseUrls: platform.baseUrls, apiKey: account.apiKey, clients })
  try {
    await recovered(platform, load, "the start")
    const recoveries = []
    for (let n = 1; n <= kills && enough?.aborted !== true; n += 1) {
      const { name, kill } = victim(platform, n)
      const from = performance.now()
      const granted = account.grants.give(NEXT_GRANT + BigInt(n))
      await kill()
      const backMs = performance.now() - from
      await recovered(platform, load, name)
      const ms = performance.now() - from
      await granted
      recoveries.push({ name, ms })
      say(`${String(n).padStart(3)} of ${kills}: killed ${name}; it runs again after ${seconds(backMs)}, next answer after ${seconds(ms)}`)
      await delay(BETWEEN_KILLS_MS)
    }
    await load.stop()
    say(`${load.acknowledged.length} answers; waiting for the last holds to end`)
    return await report(platform, load, account, recoveries)
  } finally {
    await load.stop()
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

const recovered = async ({ roles }: ChaosPlatform, load: Load, what: string): Promise<void> => {
  const late = delay(RECOVERY_MS, "late" as const, { ref: false })
  if ((await Promise.race([load.nextAnswer(), late])) !== "late") return
  const heard = JSON.stringify(Object.fromEntries(load.refused))
  const said = roles.map(({ name, said: last }) => `--- ${name}\n${last()}`).join("\n")
  throw new Error(`nobody was answered for ${seconds(RECOVERY_MS)} after ${what}; clients heard ${heard}; the processes said\n${said}`)
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

interface Recovery {
  readonly name: string
  readonly ms: number
}

const report = async (platform: ChaosPlatform, load: Load, account: Account, recoveries: readonly Recovery[]): Promise<ChaosReport> => {
  const { events, findings } = await aftermath(platform, { load, account })
  const sorted = recoveries.toSorted((a, b) => a.ms - b.ms)
  const longest = sorted.at(-1)
  return {
    kills: recoveries.length,
    answers: load.acknowledged.length,
    grants: account.grants.asked.filter(({ acknowledged }) => acknowledged).length,
    refused: Object.fromEntries(load.refused),
    recoveryMs: { median: Math.round(sorted[Math.floor(sorted.length / 2)]?.ms ?? 0), longest: Math.round(longest?.ms ?? 0), longestAfter: longest?.name ?? "" },
    events: events.length,
    findings,
  }
}
