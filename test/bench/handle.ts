import pg from "pg"
import { openPostgresLog, type PostgresLog } from "#infra/postgres/event-log.ts"
import { emmettCommands } from "./emmett.ts"
import { busyLedger, ledgerPerWriter } from "./granting.ts"
import { type Rate, ratesOf } from "./measure.ts"
import type { Plan } from "./plan.ts"
import { type ScratchPostgres, scratchPostgres } from "./scratch-postgres.ts"
import { type Line, printTable, rateFigures, times } from "./table.ts"

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
    return lines(await ratesOf(load, {
      plain: () => pool.query("insert into plain (data) values ($1)", [BODY]),
      emmett: emmett.command,
      busy: busyLedger(store),
      many: ledgerPerWriter(store, callers),
    }))
  } finally {
    await emmett.close()
    await pool.end()
  }
}

const lines = (rates: Readonly<Record<"plain" | "emmett" | "busy" | "many", Rate>>): readonly Line[] => {
  const ratio = ({ perSecond }: Rate) => `${times(perSecond, rates.plain.perSecond)} plain, ${times(perSecond, rates.emmett.perSecond)} Emmett`
  return [
    { name: "plain durable inserts", figures: rateFigures(rates.plain), ratio: ratio(rates.plain) },
    { name: "Emmett, a stream per caller", figures: rateFigures(rates.emmett), ratio: ratio(rates.emmett) },
    { name: "handle, one busy ledger", figures: rateFigures(rates.busy), ratio: ratio(rates.busy) },
    { name: "handle, a ledger per caller", figures: rateFigures(rates.many), ratio: ratio(rates.many) },
  ]
}

const BODY = JSON.stringify({ grantId: "g", amount: "1", reason: "bench", postings: [], at: 1_700_000_000_000 }).padEnd(400)
