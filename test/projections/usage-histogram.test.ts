import fc from "fast-check"
import { expect, it } from "vitest"
import { BOUNDS_MS, bucketOf, percentileMs } from "#projections/usage/histogram.ts"

const countsOf = (times: readonly number[]): readonly number[] => {
  const counts = Array.from({ length: BOUNDS_MS.length + 1 }, () => 0)
  for (const ms of times) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1
  return counts
}

it("a time falls in the bucket whose bound it does not exceed", () => {
  expect([0, 20, 21, 300_000, 300_001].map(bucketOf)).toEqual([0, 0, 1, 11, 12])
})

it("a percentile lies in the bucket in which the exact one lies", () => {
  const times = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 60 })
  fc.assert(fc.property(times, fc.constantFrom(50, 95), (all, percent) => {
    const exact = all.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * all.length) - 1] ?? 0
    return bucketOf(percentileMs(countsOf(all), percent) ?? -1) === bucketOf(exact)
  }))
})

it("nothing counted has no percentile, and what is beyond the last bound counts as that bound", () => {
  expect(percentileMs(countsOf([]), 50)).toBeNull()
  expect(percentileMs(countsOf([999_999]), 50)).toBe(300_000)
})
