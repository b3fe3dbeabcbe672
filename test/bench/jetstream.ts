import { Effect } from "effect"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import { jetstreamLog, postgresLogOn } from "./bench-logs.ts"
import { emmettCommands } from "./emmett.ts"
import { busyLedger, ledgerPerWriter } from "./granting.ts"
import { benchLoadOne } from "./load-one.ts"
import { type Operation, type Rate, ratesOf } from "./measure.ts"
import type { Plan } from "./plan.ts"
import { rawPublishes } from "./raw-publish.ts"
import { scratchEngines } from "./scratch-engines.ts"
import { type Line, printTable, rateFigures, times, whole } from "./table.ts"

/** How many times Emmett's commands per second a stream per writer is to reach. */
const GOALS: readonly { readonly writers: number; readonly timesEmmett: number | null }[] = [
  { writers: 1, timesEmmett: null },
  { writers: 16, timesEmmett: 5 },
  { writers: 64, timesEmmett: null },
  { writers: 256, timesEmmett: 15 },
]

/** Commits per second through `handle` on JetStream and on Postgres, against raw publishes and Emmett; then the load of one aggregate. */
export const benchJetstream = async (plan: Plan): Promise<void> => {
  const engines = await scratchEngines(["nats", "nats-cluster", "postgres"])
  try {
    const [one, three, postgres] = [await jetstreamLog(engines, { prefix: "bench", replicas: 1 }), await jetstreamLog(engines, { prefix: "bench", replicas: 3 }), await postgresLogOn(engines)]
    try {
      const raw = { r1: await rawPublishes(one, 1), r3: await rawPublishes(three, 3) }
      const stores = { r1: one.store, r3: three.store, postgres: postgres.store }
      for (const { writers, timesEmmett } of GOALS) {
        const emmett = await emmettCommands(postgres.url)
        const goal = timesEmmett === null ? "" : `; goal on R1: at least ${timesEmmett} × Emmett`
        const title = `commands/s through handle, ${writers} writers, every commit synced (p50, p99${goal})`
        try {
          printTable(title, await compare({ ...plan, callers: writers }, { raw, stores, emmett: emmett.command }))
        } finally {
          await emmett.close()
        }
      }
      await benchLoadOne(plan, { one, three, postgres })
    } finally {
      await Promise.all([one.close(), three.close(), postgres.close()])
    }
  } finally {
    await engines.close()
  }
}

interface Contenders {
  readonly raw: Readonly<Record<"r1" | "r3", Operation>>
  readonly stores: Readonly<Record<"r1" | "r3" | "postgres", EventStoreShape>>
  readonly emmett: Operation
}

const compare = async (load: Plan & { readonly callers: number }, { raw, stores, emmett }: Contenders): Promise<readonly Line[]> => {
  const busy = { r1: countedCommits(stores.r1), r3: countedCommits(stores.r3), postgres: countedCommits(stores.postgres) }
  const rates = await ratesOf(load, {
    rawR1: raw.r1,
    rawR3: raw.r3,
    emmett,
    manyR1: ledgerPerWriter(stores.r1, load.callers),
    manyR3: ledgerPerWriter(stores.r3, load.callers),
    manyPostgres: ledgerPerWriter(stores.postgres, load.callers),
    busyR1: busy.r1.operation,
    busyR3: busy.r3.operation,
    busyPostgres: busy.postgres.operation,
  })
  const byEmmett = (rate: Rate): string => `${times(rate.perSecond, rates.emmett.perSecond)} Emmett`
  const line = (name: string, rate: Rate, rawRate?: Rate, more = ""): Line => {
    const byRaw = rawRate === undefined ? "" : `${times(rate.perSecond, rawRate.perSecond)} raw, `
    return { name, figures: rateFigures(rate), ratio: `${byRaw}${byEmmett(rate)}${more}` }
  }
  const folded = (rate: Rate, { commitsPerCommand }: CountedCommits): string => `; ${whole(rate.perSecond * commitsPerCommand())} commits/s`
  return [
    line("raw publishes, JetStream R1", rates.rawR1),
    line("raw publishes, JetStream R3", rates.rawR3),
    line("Emmett on Postgres, a stream per writer", rates.emmett),
    line("JetStream R1, a ledger per writer", rates.manyR1, rates.rawR1),
    line("JetStream R3, a ledger per writer", rates.manyR3, rates.rawR3),
    line("Postgres, a ledger per writer", rates.manyPostgres),
    line("JetStream R1, one busy ledger", rates.busyR1, rates.rawR1, folded(rates.busyR1, busy.r1)),
    line("JetStream R3, one busy ledger", rates.busyR3, rates.rawR3, folded(rates.busyR3, busy.r3)),
    line("Postgres, one busy ledger", rates.busyPostgres, undefined, folded(rates.busyPostgres, busy.postgres)),
  ]
}

interface CountedCommits {
  readonly operation: Operation
  readonly commitsPerCommand: () => number
}

/** Commands of one ledger share commits; here those are counted too. */
const countedCommits = (store: EventStoreShape): CountedCommits => {
  let [commits, commands] = [0, 0]
  const counting = { ...store, append: (commit: Parameters<typeof store.append>[0]) => Effect.tap(store.append(commit), () => Effect.sync(() => (commits += 1))) }
  const grant = busyLedger(counting)
  const operation: Operation = async (writer) => {
    await grant(writer)
    commands += 1
  }
  return { operation, commitsPerCommand: () => commits / commands }
}
