import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { newGatewayId, newNamespaceId, newRequestId } from "#commands/ids.ts"
import { LOOK_AGAIN_MAX_MS, ReplySource, type SourceDeps } from "#gateways/cloud/requests/reply-source.ts"
import { fakeBus } from "#test/support/fake-bus.ts"
import { memoryRequests } from "#test/support/memory-requests.ts"

const MINUTE_MS = 60_000

/** A reader of a request that nobody works on, and how often it looked at the log. */
const waiting = () => {
  const { port } = memoryRequests()
  const looks = { count: 0 }
  const load: SourceDeps["requests"]["load"] = async () => {
    looks.count += 1
    return { stage: "absent", generation: 0 }
  }
  const fakeRuns = { find: () => null } as unknown as SourceDeps["runs"]
  const place = { requestId: newRequestId(), namespaceId: newNamespaceId() }
  return { looks, source: new ReplySource(place, { gatewayId: newGatewayId(), bus: fakeBus(), requests: { ...port, load }, runs: fakeRuns }) }
}

describe("a reader of a request that is queued", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("looks less and less often, and never longer apart than it may", async () => {
    const { looks, source } = waiting()
    let isReading = true
    const reading = (async () => {
      while (isReading && (await source.page(0)) === null) await source.rest()
    })()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(looks.count).toBeGreaterThan(4)
    await vi.advanceTimersByTimeAsync(MINUTE_MS)
    expect(looks.count).toBeLessThan(MINUTE_MS / LOOK_AGAIN_MAX_MS + 12)
    expect(looks.count).toBeGreaterThanOrEqual(MINUTE_MS / LOOK_AGAIN_MAX_MS)
    isReading = false
    source.leave()
    await reading
  })

  it("is gone at once when its client is", async () => {
    const { source } = waiting()
    const rest = source.rest()
    source.leave()
    await rest
    expect(vi.getTimerCount()).toBe(0)
  })
})
