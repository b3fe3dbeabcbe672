import { describe, expect, it } from "vitest"
import { memoryCounters } from "#infra/memory/counters.ts"

describe("counters", () => {
  it("count by name and reason and show themselves in Prometheus' text format", () => {
    const counters = memoryCounters()
    counters.increment("bad_frames_total", "not \"json\"\n")
    counters.increment("bad_frames_total", "unsigned")
    counters.increment("bad_frames_total", "unsigned")
    counters.increment("append_retries_total")
    expect(counters.snapshot()).toContainEqual({ name: "bad_frames_total", reason: "unsigned", value: 2 })
    expect(counters.prometheus()).toBe(
      [
        "# TYPE resultity_append_retries_total counter",
        "resultity_append_retries_total 1",
        "# TYPE resultity_bad_frames_total counter",
        'resultity_bad_frames_total{reason="not \\"json\\"\\n"} 1',
        'resultity_bad_frames_total{reason="unsigned"} 2',
        "",
      ].join("\n"),
    )
  })

  it("stay bounded when a stranger makes up reasons, and lose no count", () => {
    const counters = memoryCounters()
    for (let n = 0; n < 10_000; n++) counters.increment("bad_frames_total", `reason ${n}`)
    const values = counters.snapshot()
    expect(values.length).toBeLessThan(300)
    expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(10_000)
  })
})
