import { describe, expect, it } from "vitest"
import { Pace } from "#node/pace.ts"

describe("an owner's speed limit", () => {
  it("gives the first token its moment at once and spaces the others evenly, whoever asks", () => {
    const pace = new Pace(10)
    const first = pace.reserve(1_000)
    expect([first, pace.reserve(1_000), pace.reserve(1_000), pace.reserve(1_050)].map(Math.round)).toEqual([0, 50, 150, 200])
  })

  it("lets a stream that asks when told go at the limit, however late its timers fire", () => {
    const pace = new Pace(200)
    let now = 0
    for (let token = 0; token < 2_000; token += 1) now += pace.reserve(now) + (token % 3)
    expect(2_000 / (now / 1000)).toBeGreaterThan(190)
    expect(2_000 / (now / 1000)).toBeLessThan(202)
  })

  it("saves up no burst during a pause", () => {
    const pace = new Pace(100)
    pace.reserve(0)
    const waits = Array.from({ length: 20 }, () => pace.reserve(60_000))
    expect(waits.filter((wait) => wait === 0).length).toBeLessThanOrEqual(6)
  })

  it.each([0, -1, Number.NaN])("cannot be %d tokens per second", (rate) => {
    expect(() => new Pace(rate)).toThrow(/more than 0/)
  })
})
