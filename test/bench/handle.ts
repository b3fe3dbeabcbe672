import pg from "pg"
import { Effect } from "effect"
import { makeCommands } from "#commands/handle.ts"
import { newNamespaceId } from "#commands/ids.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { openPostgresLog, type PostgresLog } from "#infra/postgres/event-log.ts"
import { emmettCommands } from "./emmett.ts"
import { type Rate, rateOf } from "./measure.ts"
import type { Plan } from "./plan.ts"
import { type ScratchPostgres, scratchPostgres } from "./scratch-postgres.ts"
import { type Line, ms, printTable, times, whole } from "./table.ts"

const CALLERS = [1, 16, 256] as const
/** The embedded server allows sixty; callers beyond share these. Emmett and our log keep their default of ten. */
const PLAIN_CONNECTIONS = 40

type Operation = (caller: number, round: number) => Promise<unknown>

/** Commands per second through `handle`, against plain durable inserts and Emmett, on one Postgres in one run. */
export const benchHandle = async ({ measureMs }: Plan): Promise<void> => {
  const postgres = await scratchPostgres()
  const log = openPostgresLog(postgres.pool)
  try {
    await postgres.pool.query("create table plain (id bigserial primary key, data text not null)")
    for (const callers of CALLERS) {
      const measure = (operation: Operation) => rateOf({ callers, measureMs }, operation)
      printTable(`commands/s through handle, ${callers} callers (p50, p99)`, await compare(postgres, log, callers, measure))
    }
  } finally {
    await log.close()
    await postgres.close()
  }
}

const compare = async (
  { url }: ScratchPostgres,
  { store }: PostgresLog,
  callers: number,
  measure: (operation: Operation) => Promise<Rate>,
): Promise<readonly Line[]> => {
  const pool = new pg.Pool({ connectionString: url, max: Math.min(callers, PLAIN_CONNECTIONS) })
  const plain = await measure(() => pool.query("insert into plain (data) values ($1)", [BODY]))
  await pool.end()
  const emmett = await emmettCommands(url)
  const peer = await measure(emmett.command)
  await emmett.close()
  const busy = newNamespaceId()
  const ledgers = Array.from({ length: callers }, newNamespaceId)
  const ratio = (rate: Rate) => `${times(rate.perSecond, plain.perSecond)} plain, ${times(rate.perSecond, peer.perSecond)} Emmett`
  const line = (name: string, rate: Rate): Line => ({ name, figures: figures(rate), ratio: ratio(rate) })
  return [
    line("plain durable inserts", plain),
    line("Emmett, a stream per caller", peer),
    line("handle, one busy ledger", await measure(granting(store, () => busy))),
    line("handle, a ledger per caller", await measure(granting(store, (caller) => ledgers[caller] ?? busy))),
  ]
}

const BODY = JSON.stringify({ grantId: "g", amount: "1", reason: "bench", postings: [], at: 1_700_000_000_000 }).padEnd(400)

const granting = (store: PostgresLog["store"], ledgerOf: (caller: number) => NamespaceId): Operation => {
  const { handle } = makeCommands(store)
  return (caller, round) => {
    const namespaceId = ledgerOf(caller)
    const grantId = `${caller}-${round}-${namespaceId}`
    const command = { type: "GrantCredits", namespaceId, grantId, amount: 1n, reason: "bench", at: Date.now() } as const
    return Effect.runPromise(handle(creditLedger, namespaceId, command, { commandId: grantId, correlationId: namespaceId }))
  }
}

const figures = ({ perSecond, p50Ms, p99Ms }: Rate): string => `${whole(perSecond)}/s  ${ms(p50Ms)}  ${ms(p99Ms)}`
