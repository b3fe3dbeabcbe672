import type { JsMsg } from "@nats-io/jetstream"
import { Effect } from "effect"
import { readModelDb } from "#infra/postgres/read-models.ts"
import { rebuild } from "#projections/audit/rebuild.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { readModels } from "#projections/read-models.ts"
import { type JetstreamLog, jetstreamLog, postgresLogOn } from "./bench-logs.ts"
import { median } from "./measure.ts"
import { eventsPerSecond, fillLog, MAX_COMMIT_EVENTS, readAll } from "./mixed-log.ts"
import type { Plan } from "./plan.ts"
import { type ScratchEngines, scratchEngines } from "./scratch-engines.ts"
import { type Line, printTable, times, whole } from "./table.ts"

/** A message is a commit: each event in one of its own, and as many in one as a busy stream folds together. */
const COMMIT_EVENTS = [1, MAX_COMMIT_EVENTS] as const
const NO_OP_GOAL = 0.5
const PROJECTION_GOAL = 20_000

/** Events per second out of a log on JetStream against the client's own consumer, and into every read model on Postgres. */
export const benchFeed = async (plan: Plan): Promise<void> => {
  const engines = await scratchEngines(["nats", "postgres"])
  try {
    for (const commitEvents of COMMIT_EVENTS) await benchLog(engines, plan, commitEvents)
  } finally {
    await engines.close()
  }
}

const benchLog = async (engines: ScratchEngines, { replayEvents, rounds }: Plan, commitEvents: number): Promise<void> => {
  const log = await jetstreamLog(engines, { prefix: `feed-${commitEvents}`, replicas: 1 })
  const postgres = await postgresLogOn(engines)
  try {
    await fillLog(log.store, replayEvents, commitEvents)
    const { state } = await log.manager.streams.info(log.stream)
    const options = { db: readModelDb(postgres.pool), feed: log.feed, projections: readModels, observer: silentObserver, onProgress: () => {} }
    const rates = await takeTurns(rounds, {
      raw: async () => (await consumeAll(log, state.messages, () => {})) * (replayEvents / state.messages),
      parsed: async () => (await consumeAll(log, state.messages, (message) => message.json())) * (replayEvents / state.messages),
      feed: () => readAll(log.feed),
      rebuilt: async () => (await Effect.runPromise(rebuild(options))).events,
    })
    const line = (name: string, perSecond: number): Line => ({ name, figures: `${whole(perSecond)}/s`, ratio: times(perSecond, rates.raw) })
    const size = `${whole(state.messages)} commits, ${whole(state.bytes / state.messages)} bytes each`
    const goals = `goals: at least ${NO_OP_GOAL} × into nothing, ${whole(PROJECTION_GOAL)}/s into Postgres`
    printTable(`replay of ${whole(replayEvents)} events in ${size} from JetStream (events/s; ${goals})`, [
      line("raw ordered consumer", rates.raw),
      line("raw ordered consumer, JSON parsed", rates.parsed),
      line("feed into nothing", rates.feed),
      line(`feed into ${readModels.length} read models on Postgres`, rates.rebuilt),
    ])
  } finally {
    await Promise.all([log.close(), postgres.close()])
  }
}

type Readers<Name extends string> = Readonly<Record<Name, () => Promise<number>>>

const takeTurns = async <Name extends string>(rounds: number, readers: Readers<Name>): Promise<Readonly<Record<Name, number>>> => {
  const taken = Object.entries<() => Promise<number>>(readers).map(([name, work]) => ({ name, work, rates: [] as number[] }))
  for (let round = 0; round < rounds; round += 1) {
    for (const { work, rates } of taken) rates.push(await eventsPerSecond(work))
  }
  return Object.fromEntries(taken.map(({ name, rates }) => [name, median(rates)])) as Record<Name, number>
}

/** As fast as the client goes: a callback for each message, its headers and its place not looked at. */
const consumeAll = async ({ js, stream }: JetstreamLog, messages: number, use: (message: JsMsg) => unknown): Promise<number> => {
  const consumer = await js.consumers.get(stream, {})
  let count = 0
  const all = Promise.withResolvers<number>()
  const consuming = await consumer.consume({
    max_messages: PULL_MESSAGES,
    callback: (message) => {
      use(message)
      count += 1
      if (count === messages) all.resolve(count)
    },
  })
  await all.promise
  await consuming.close()
  await consumer.delete()
  return count
}

/** Asked for at once; fewer make the consumer slower, more do not make it faster. */
const PULL_MESSAGES = 5_000
