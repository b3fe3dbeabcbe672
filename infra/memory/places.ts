import type { Place, PlacesShape } from "#gateways/ports/places.ts"

export interface MemoryPlaces extends PlacesShape {
  readonly enterNow: (key: string, limit: number) => Place | null
}

/** Places of one process. */
export const memoryPlaces = (): MemoryPlaces => {
  const taken = new Map<string, number>()

  const leave = (key: string): void => {
    const left = (taken.get(key) ?? 1) - 1
    if (left > 0) taken.set(key, left)
    else taken.delete(key)
  }
  const enterNow = (key: string, limit: number): Place | null => {
    const others = taken.get(key) ?? 0
    if (others >= limit) return null
    taken.set(key, others + 1)
    let has = true
    return {
      leave: () => {
        if (has) leave(key)
        has = false
      },
    }
  }
  return { enterNow, enter: async (key, limit) => enterNow(key, limit) }
}
