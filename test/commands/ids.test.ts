import { expect, it } from "vitest"
import { uuidV7 } from "#commands/ids.ts"

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

it("gives ids of UUID version 7 that all differ, however many are made at once", () => {
  const ids = Array.from({ length: 5_000 }, uuidV7)
  expect(new Set(ids.map((id) => id.slice(-19))).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(UUID_V7)
})

it("begins with the time, so that ids sort by when they were made", () => {
  const before = Date.now()
  const [head = "", next = ""] = uuidV7().split("-")
  const at = Number.parseInt(head + next, 16)
  expect(at).toBeGreaterThanOrEqual(before)
  expect(at).toBeLessThanOrEqual(Date.now())
})
