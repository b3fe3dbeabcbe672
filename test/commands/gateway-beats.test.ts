import { Effect, Exit, Scope } from "effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Bus, type BusShape } from "#commands/ports/bus.ts"
import { GATEWAY_SILENCE_MS, hearGateways } from "#commands/workflows/gateway-beats.ts"
import { GatewayId } from "#domain/kernel/ids.ts"
import { GATEWAY_BEAT } from "#domain/protocol/bus-messages.ts"
import { fakeBus } from "#test/support/fake-bus.ts"

const LIVING = GatewayId.make("gw_01890a5d-ac96-774b-bcce-b302099a8057")
const LOST = GatewayId.make("gw_01890a5d-ac96-774b-bcce-b302099a8058")
const BEAT_MS = 2_000

/** A bus whose server can be away: what is said meanwhile reaches nobody. */
const fakeBusThatMayBeAway = () => {
  const bus = fakeBus()
  let away = false
  const publish: BusShape["publish"] = (subject, message) => {
    if (!away) bus.publish(subject, message)
  }
  return { ...bus, publish, goAway: () => (away = true), comeBack: () => (away = false) }
}

describe("which gateways live", () => {
  let bus: ReturnType<typeof fakeBusThatMayBeAway>
  let scope: Scope.Closeable
  let alive: (gatewayId: GatewayId) => boolean
  let beats: NodeJS.Timeout

  beforeEach(async () => {
    vi.useFakeTimers()
    bus = fakeBusThatMayBeAway()
    scope = Scope.makeUnsafe()
    alive = await Effect.runPromise(hearGateways.pipe(Effect.provideService(Bus, bus), Scope.provide(scope)))
    beats = setInterval(() => bus.publish(GATEWAY_BEAT, { gatewayId: LIVING }), BEAT_MS)
  })
  afterEach(async () => {
    clearInterval(beats)
    await Effect.runPromise(Scope.close(scope, Exit.void))
    vi.useRealTimers()
  })

  it("one that is silent for too long is lost, the others live", async () => {
    await vi.advanceTimersByTimeAsync(GATEWAY_SILENCE_MS)
    expect([alive(LIVING), alive(LOST)]).toEqual([true, true])
    await vi.advanceTimersByTimeAsync(BEAT_MS)
    expect([alive(LIVING), alive(LOST)]).toEqual([true, false])
  })

  it("nobody is lost because the bus was away, and who is silent after that is", async () => {
    await vi.advanceTimersByTimeAsync(BEAT_MS)
    bus.goAway()
    for (let waited = 0; waited < 4 * GATEWAY_SILENCE_MS; waited += BEAT_MS) {
      await vi.advanceTimersByTimeAsync(BEAT_MS)
      expect([alive(LIVING), alive(LOST)]).toEqual([true, true])
    }
    bus.comeBack()
    for (let waited = 0; waited < GATEWAY_SILENCE_MS - BEAT_MS; waited += BEAT_MS) {
      await vi.advanceTimersByTimeAsync(BEAT_MS)
      expect([alive(LIVING), alive(LOST)]).toEqual([true, true])
    }
    await vi.advanceTimersByTimeAsync(3 * BEAT_MS)
    expect([alive(LIVING), alive(LOST)]).toEqual([true, false])
  })

  it("hears nothing any more once its scope is closed", async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    expect(bus.listeners()).toEqual([])
  })
})
