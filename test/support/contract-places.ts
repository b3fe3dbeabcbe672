import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { PlacesShape } from "#gateways/ports/places.ts"

export interface OpenedPlaces {
  readonly one: PlacesShape
  /** The same places as another process has them. */
  readonly other: PlacesShape
  readonly close: () => Promise<void>
}

/** The rules of Places, for every adapter. */
export const placesContract = (adapter: string, open: () => Promise<OpenedPlaces>): void => {
  describe(`places on ${adapter}`, () => {
    let opened: OpenedPlaces
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    it("are as many as the limit, in all processes together, however many ask at once", async () => {
      const key = randomUUID()
      const asked = await Promise.all(Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? opened.one : opened.other).enter(key, 7)))
      expect(asked.filter((place) => place !== null)).toHaveLength(7)
    })

    it("are free again when they are left, once for each", async () => {
      const key = randomUUID()
      const place = await opened.one.enter(key, 1)
      expect(await opened.other.enter(key, 1)).toBeNull()
      place?.leave()
      place?.leave()
      const next = await vi.waitFor(async () => {
        const entered = await opened.other.enter(key, 1)
        expect(entered).not.toBeNull()
        return entered
      })
      expect(await opened.one.enter(key, 1)).toBeNull()
      next?.leave()
    })

    it("of one key are not those of another", async () => {
      const [a, b] = [randomUUID(), randomUUID()]
      expect(await opened.one.enter(a, 1)).not.toBeNull()
      expect(await opened.one.enter(b, 1)).not.toBeNull()
    })
  })
}
