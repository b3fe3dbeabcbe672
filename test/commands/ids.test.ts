import { expect, it } from "vitest"
import { eventId, uuidV7 } from "#commands/ids.ts"

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

it("gives an event the same id for ever", () => {
  expect(eventId("0193a1b2-0000-7000-8000-000000000001", 0)).toBe("6169b19d-58ec-52f9-b8c7-7517e72f0298")
  expect(eventId("settle/grüße", 12)).toBe("11704839-af3a-5fd8-b5ef-597268344686")
})
