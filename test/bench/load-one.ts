import { Effect } from "effect"
import { makeCommands } from "#commands/handle.ts"
import { newNamespaceId, uuidV7 } from "#commands/ids.ts"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { streamName } from "#domain/kernel/decider.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { JetstreamLog } from "./bench-logs.ts"
import { percentiles } from "./measure.ts"
import type { Plan } from "./plan.ts"
import { type Line, ms, printTable, whole } from "./table.ts"

const AGGREGATE_EVENTS = 20
/** Commands on their way at once while the log is filled, each on a ledger of its own. */
const FILL_WRITERS = 1_000

interface Logs {
  readonly one: JetstreamLog
  readonly three: JetstreamLog
  readonly postgres: { readonly store: EventStoreShape }
}

interface Subject {
  readonly spread: NamespaceId
  readonly together: NamespaceId
}

/** How long one aggregate takes to be known, events to state, one at a time; the contenders take turns, load by load. */
export const benchLoadOne = async ({ loadEvents, requests }: Plan, { one, three, postgres }: Logs): Promise<void> => {
  const [onOne, onThree, onPostgres] = [await fill(one.store, loadEvents), await fill(three.store, loadEvents), await fill(postgres.store, loadEvents)]
  const known = { one: makeCommands(one.store), postgres: makeCommands(postgres.store) }
  const load = (commands: ReturnType<typeof makeCommands>, id: NamespaceId) => Effect.runPromise(commands.load(creditLedger, id))
  const fresh = (store: EventStoreShape, id: NamespaceId) => () => load(makeCommands(store), id)
  const contenders: Readonly<Record<string, () => Promise<unknown>>> = {
    "spread, raw batch read of the subject, JetStream R1": () => batchRead(one, onOne.spread),
    "spread, JetStream R1": fresh(one.store, onOne.spread),
    "spread, JetStream R3": fresh(three.store, onThree.spread),
    "spread, Postgres": fresh(postgres.store, onPostgres.spread),
    "together, raw batch read of the subject, JetStream R1": () => batchRead(one, onOne.together),
    "together, JetStream R1": fresh(one.store, onOne.together),
    "together, JetStream R3": fresh(three.store, onThree.together),
    "together, Postgres": fresh(postgres.store, onPostgres.together),
    "known already and looked up again, JetStream R1": () => load(known.one, onOne.spread),
    "known already and looked up again, Postgres": () => load(known.postgres, onPostgres.spread),
  }
  printTable(`load of one aggregate: ${AGGREGATE_EVENTS} events of ${whole(loadEvents)}, spread over them or lying together`, await takeTurns(contenders, requests))
}

const takeTurns = async (contenders: Readonly<Record<string, () => Promise<unknown>>>, turns: number): Promise<readonly Line[]> => {
  const taken = Object.entries(contenders).map(([name, work]) => ({ name, work, latencies: [] as number[] }))
  for (let turn = 0; turn < turns; turn += 1) {
    for (const { work, latencies } of taken) {
      const from = performance.now()
      await work()
      latencies.push(performance.now() - from)
    }
  }
  return taken.map(({ name, latencies }) => {
    const { p50Ms, p99Ms } = percentiles(latencies)
    return { name, figures: `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}`, ratio: "" }
  })
}

/** One event each: two ledgers of `AGGREGATE_EVENTS`, the other events in others. */
const fill = async (store: EventStoreShape, events: number): Promise<Subject> => {
  const { handle } = makeCommands(store)
  const others = Array.from({ length: FILL_WRITERS }, newNamespaceId)
  const [spread, together] = [newNamespaceId(), newNamespaceId()]
  const grantTo = (namespaceId: NamespaceId) => {
    const grantId = uuidV7()
    const command = { type: "GrantCredits", namespaceId, grantId, amount: 1n, reason: "bench", at: Date.now() } as const
    return handle(creditLedger, namespaceId, command, { commandId: grantId, correlationId: namespaceId })
  }
  const slices = Math.ceil(events / FILL_WRITERS)
  for (let slice = 0; slice < slices; slice += 1) {
    const due = Math.floor(((slice + 1) * AGGREGATE_EVENTS) / slices) - Math.floor((slice * AGGREGATE_EVENTS) / slices)
    await Effect.runPromise(Effect.all(others.map(grantTo), { concurrency: "unbounded", discard: true }))
    for (let n = 0; n < due; n += 1) await Effect.runPromise(grantTo(spread))
    if (slice !== Math.floor(slices / 2)) continue
    for (let n = 0; n < AGGREGATE_EVENTS; n += 1) await Effect.runPromise(grantTo(together))
  }
  return { spread, together }
}

/** As the client offers it, nothing decoded. */
const batchRead = async ({ manager, stream, subjectOf }: JetstreamLog, id: NamespaceId): Promise<void> => {
  const subject = subjectOf(streamName(creditLedger, id))
  const messages = await manager.direct.getBatch(stream, { seq: 1, batch: AGGREGATE_EVENTS, next_by_subj: subject })
  let count = 0
  for await (const _ of messages) count += 1
  if (count !== AGGREGATE_EVENTS) throw new Error(`${count} messages of ${AGGREGATE_EVENTS}`)
}
