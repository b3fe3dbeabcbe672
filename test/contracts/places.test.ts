import { memoryPlaces } from "#infra/memory/places.ts"
import { placesContract } from "#test/support/contract-places.ts"

placesContract("memory", async () => {
  const places = memoryPlaces()
  return { one: places, other: places, close: async () => {} }
})
