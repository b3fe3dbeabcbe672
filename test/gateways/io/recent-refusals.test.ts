import { describe, expect, it } from "vitest"
import { MAX_REFUSALS, REFUSAL_WINDOW_MS } from "#gateways/io/limits.ts"
import { RecentRefusals } from "#gateways/io/recent-refusals.ts"

describe("refused frames of a connection", () => {
  it("are too many when they come close together", () => {
    const refusals = new RecentRefusals()
    const heard = Array.from({ length: MAX_REFUSALS + 1 }, (_, n) => refusals.tooMany(n))
    expect(heard).toEqual([...Array.from({ length: MAX_REFUSALS }, () => false), true])
  })

  it("are forgiven after the window: one now and then is never too many", () => {
    const refusals = new RecentRefusals()
    const everyMs = REFUSAL_WINDOW_MS / MAX_REFUSALS
    expect(Array.from({ length: 50 * MAX_REFUSALS }, (_, n) => refusals.tooMany(n * everyMs))).not.toContain(true)
  })
})
