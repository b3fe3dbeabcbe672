import { describe, expect, it } from "vitest"
import { MAX_RECENT, memoryTelemetry } from "#infra/memory/telemetry.ts"

describe("telemetry in memory", () => {
  it("keeps the last records and forgets the oldest", () => {
    const telemetry = memoryTelemetry()
    for (let n = 0; n <= MAX_RECENT; n++) telemetry.publish("heartbeat", n)
    expect(telemetry.recent()).toHaveLength(MAX_RECENT)
    expect(telemetry.recent().at(0)).toMatchObject({ kind: "heartbeat", data: 1 })
    expect(telemetry.recent().at(-1)).toMatchObject({ data: MAX_RECENT })
  })
})
