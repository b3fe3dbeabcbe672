import pg from "pg"
import { Effect } from "effect"
import { makeCommands } from "#commands/handle.ts"
import { newNamespaceId, uuidV7 } from "#commands/ids.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { openPostgresLog, type PostgresLog } from "#infra/postgres/event-log.ts"
import { emmettCommands } from "./emmett.ts"
import { type Operation, type Rate, ratesOf } from "./measure.ts"
import type { Plan } from "./plan.ts"
import { type ScratchPostgres, scratchPostgres } from "./scratch-postgres.ts"
import { type Line, ms, printTable, times, whole } from "./table.ts"

const CALLERS = [1, 16, 256] as const
/** The embedded server allows sixty connections to all contenders; callers beyond share these. Emmett and our log keep their default of ten. */
const PLAIN_CONNECTIONS = 30

/** Commands per second through `handle`, against plain durable inserts and Emmett, on one Postgres in one run. */
export const benchHandle = async (plan: Plan): Promise<void> => {
  const postgres = await scratchPostgres()
  const log = openPostgresLog(postgres.pool)
  try {
    await postgres.pool.query("create table plain (id bigserial primary key, data text not null)")
    for (const callers of CALLERS) {
      printTable(`commands/s through handle, ${callers} callers (p50, p99)`, await compare(postgres, log, { ...plan, callers }))
    }
  } finally {
    await log.close()
    await postgres.close()
  }
}

const compare = async (
  { url }: ScratchPostgres,
  { store }: PostgresLog,
  load: Plan & { readonly callers: number },
): Promise<readonly Line[]> => {
  const { callers } = load
  const pool = new pg.Pool({ connectionString: url, max: Math.min(callers, PLAIN_CONNECTIONS) })
  const emmett = await emmettCommands(url)
  try {
    const busy = newNamespaceId()
    const ledgers = Array.from({ length: callers }, newNamespaceId)
    return lines(await ratesOf(load, {
      plain: () => pool.query("insert into plain (data) values ($1)", [BODY]),
      emmett: emmett.command,
      busy: granting(store, () => busy),
      many: granting(store, (caller) => ledgers[caller] ?? busy),
    }))
  } finally {
    await emmett.close()
    await pool.end()
  }
}

const lines = (rates: Readonly<Record<"plain" | "emmett" | "busy" | "many", Rate>>): readonly Line[] => {
  const ratio = ({ perSecond }: Rate) => `${times(perSecond, rates.plain.perSecond)} plain, ${times(perSecond, rates.emmett.perSecond)} Emmett`
  return [
    { name: "plain durable inserts", figures: figures(rates.plain), ratio: ratio(rates.plain) },
    { name: "Emmett, a stream per caller", figures: figures(rates.emmett), ratio: ratio(rates.emmett) },
    { name: "handle, one busy ledger", figures: figures(rates.busy), ratio: ratio(rates.busy) },
    { name: "handle, a ledger per caller", figures: figures(rates.many), ratio: ratio(rates.many) },
  ]
}

const BODY = JSON.stringify({ grantId: "g", amount: "1", reason: "bench", postings: [], at: 1_700_000_000_000 }).padEnd(400)

const granting = (store: PostgresLog["store"], ledgerOf: (caller: number) => NamespaceId): Operation => {
  const { handle } = makeCommands(store)
  return (caller) => {
    const namespaceId = ledgerOf(caller)
    // As the command line makes them: the ledger's map counts on their random end.
    const grantId = uuidV7()
    const command = { type: "GrantCredits", namespaceId, grantId, amount: 1n, reason: "bench", at: Date.now() } as const
    return Effect.runPromise(handle(creditLedger, namespaceId, command, { commandId: grantId, correlationId: namespaceId }))
  }
}

const figures = ({ perSecond, p50Ms, p99Ms }: Rate): string => `${whole(perSecond)}/s  ${ms(p50Ms)}  ${ms(p99Ms)}`
