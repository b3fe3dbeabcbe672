import { Effect, Schedule } from "effect"
import type { GatewayId } from "#domain/kernel/ids.ts"
import { GATEWAY_BEAT, type GatewayBeat } from "#domain/protocol/bus-messages.ts"
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

/**
 * Whether a gateway was heard of within `GATEWAY_SILENCE_MS`; one that never was gets as long from the moment of listening. Listens
 * until the scope closes.
 */
export const hearGateways = Effect.gen(function* () {
  const bus = yield* Bus
  const since = Date.now()
  const heardAt = new Map<GatewayId, number>()
  const unsubscribe = bus.subscribe(GATEWAY_BEAT, (message) => {
    heardAt.set((message as GatewayBeat).gatewayId, Date.now())
  })
  yield* Effect.addFinalizer(() => Effect.sync(unsubscribe))
  return (gatewayId: GatewayId): boolean => Date.now() - (heardAt.get(gatewayId) ?? since) <= GATEWAY_SILENCE_MS
})
