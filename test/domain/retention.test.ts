import fc from "fast-check"
import { expect, it } from "vitest"
import { GRACE_MS, isRetentionDays, keptMs, MAX_RETENTION_DAYS, retentionMs } from "#domain/policies/retention.ts"

const DAY_MS = 86_400_000

it("a content lies there for the retention of its namespace, whatever it is", () => {
  const days = fc.integer({ min: 1, max: MAX_RETENTION_DAYS })
  fc.assert(fc.property(days, fc.constantFrom("request", "answer", "delivered/x"), (kept, field) => keptMs(retentionMs(kept), field) === kept * DAY_MS))
})

it("where nothing is kept an answer goes after the grace, and what was asked a day later at the latest", () => {
  expect(keptMs(0, "answer")).toBe(GRACE_MS)
  expect(keptMs(0, "request")).toBe(DAY_MS + GRACE_MS)
})

it.each([-1, 0.5, 366, Number.NaN, Infinity])("%s is no retention", (days) => expect(isRetentionDays(days)).toBe(false))
it.each([0, 1, 365])("%s days are one", (days) => expect(isRetentionDays(days)).toBe(true))
