import { setTimeout as delay } from "node:timers/promises"
import type { Account } from "./account.ts"
import { type ClientTruth, findings, type LogEvent } from "./findings.ts"
import type { Load } from "./load.ts"
import type { ChaosPlatform } from "./platform.ts"
import { cliJson, runCli } from "./resultity-cli.ts"

/** From the last answer to the end of every hold: their deadline and the watchdog's grace. */
const SETTLE_MS = 200_000
const SETTLE_POLL_MS = 1_000

export interface Aftermath {
  readonly events: readonly LogEvent[]
  readonly findings: readonly string[]
}

/** What log, books and read models say against what clients know, once the last hold has ended. */
export const aftermath = async (
  { env }: Pick<ChaosPlatform, "env">,
  { load, account }: { readonly load: Pick<Load, "acknowledged">; readonly account: Account },
): Promise<Aftermath> => {
  const balance = await settledBalance(env, account.namespaceId)
  const lines = (await runCli(env, "events", "read")).trim().split("\n")
  const events = lines.map((line) => JSON.parse(line) as LogEvent)
  const verified = await runCli(env, "replay", "--verify").then(() => [], (cause: unknown) => [`the read models differ from a rebuild: ${String(cause)}`])
  const truth = { namespaceId: account.namespaceId, acknowledged: load.acknowledged, grants: account.grants.asked, balance }
  return { events, findings: [...findings(events, truth), ...verified] }
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
