import type pg from "pg"
import type { Readiness } from "#gateways/admin/readiness-route.ts"

/** Resolves when what it looks at can be used; rejects with what is wrong. */
export type Check = () => Promise<unknown>

const CHECK_TIMEOUT_MS = 2_000

/** Asks everything at once. A process that is stopping is not ready, whatever its engines say. */
export const readinessOf = (checks: Readonly<Record<string, Check>>, stopping: AbortSignal) => async (): Promise<Readiness> => {
  const asked = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await outcome(check)] as const))
  const found = stopping.aborted ? [...asked, ["process", "stopping"] as const] : asked
  return { ready: found.every(([, word]) => word === "ok"), checks: Object.fromEntries(found) }
}

const outcome = (check: Check): Promise<string> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS / 1_000} s`)), CHECK_TIMEOUT_MS)
  return Promise.race([check(), late])
    .then(() => "ok", (cause: unknown) => (cause instanceof Error ? cause.message || cause.name : String(cause)))
    .finally(() => clearTimeout(timer))
}

export const postgresAnswers = (pool: pg.Pool): Check => () => pool.query("select 1")
