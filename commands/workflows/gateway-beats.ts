import { randomUUID } from "node:crypto"
import { Effect, Schedule } from "effect"
import type { GatewayId } from "#domain/kernel/ids.ts"
import { GATEWAY_BEAT, type GatewayBeat, WATCHDOG_BEAT, type WatchdogBeat } from "#domain/protocol/bus-messages.ts"
import { Bus } from "../ports/bus.ts"

const BEAT_INTERVAL = "2 seconds"
/** Several lost beats: a busy process or a bus that comes back is not a lost gateway, whose jobs would be ended. */
export const GATEWAY_SILENCE_MS = 15_000

/** Says, for ever, that this cloud gateway lives and with it its clients' connections. */
export const beats = (gatewayId: GatewayId): Effect.Effect<never, never, Bus> =>
  Effect.gen(function* () {
    const bus = yield* Bus
    const beat = Effect.sync(() => bus.publish(GATEWAY_BEAT, { gatewayId } satisfies GatewayBeat))
    return yield* Effect.andThen(Effect.repeat(beat, Schedule.spaced(BEAT_INTERVAL)), Effect.never)
  })

/** Without its own beat for so long, the watchdog cannot hear anybody: the bus was away, or it stood still itself. */
const DEAF_AFTER_MS = 6_000

/**
 * Whether a gateway was heard of within `GATEWAY_SILENCE_MS`; one that never was gets as long from the moment of listening. Silence
 * while nothing could be heard counts for nobody: after it each gateway gets as long again. Listens until the scope closes.
 */
export const hearGateways = Effect.gen(function* () {
  const bus = yield* Bus
  const own = randomUUID()
  const heardAt = new Map<GatewayId, number>()
  let [since, ownHeardAt] = [Date.now(), Date.now()]
  const subscriptions = [
    bus.subscribe(GATEWAY_BEAT, (message) => {
      heardAt.set((message as GatewayBeat).gatewayId, Date.now())
    }),
    bus.subscribe(WATCHDOG_BEAT, (message) => {
      if ((message as WatchdogBeat).watchdogId !== own) return
      if (Date.now() - ownHeardAt > DEAF_AFTER_MS) since = Date.now()
      ownHeardAt = Date.now()
    }),
  ]
  yield* Effect.addFinalizer(() => Effect.sync(() => subscriptions.forEach((unsubscribe) => unsubscribe())))
  const beat = Effect.sync(() => bus.publish(WATCHDOG_BEAT, { watchdogId: own } satisfies WatchdogBeat))
  yield* Effect.forkScoped(Effect.repeat(beat, Schedule.spaced(BEAT_INTERVAL)))
  return (gatewayId: GatewayId): boolean => {
    if (Date.now() - ownHeardAt > DEAF_AFTER_MS) return true
    return Date.now() - Math.max(heardAt.get(gatewayId) ?? since, since) <= GATEWAY_SILENCE_MS
  }
})
