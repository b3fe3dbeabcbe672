/** One of the places that a key's requests may take at the same time. */
export interface Place {
  /** Gives it back; the second time does nothing. */
  readonly leave: () => void
}

export interface PlacesShape {
  /**
   * Takes one of `limit` places of `key` in all processes together; null: all are taken. Never fails. A process that is gone loses
   * its places within `PLACE_TTL_MS`; while the shared count is away each process counts its own.
   */
  readonly enter: (key: string, limit: number) => Promise<Place | null>
}

/** A place whose process does not say that it still has it is free after so long. */
export const PLACE_TTL_MS = 15_000
