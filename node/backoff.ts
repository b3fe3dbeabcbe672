export const FIRST_DELAY_MS = 500
export const MAX_DELAY_MS = 30_000

/** Pause before the next connection after this many failures in a row: doubling, half of it random so that nodes come back apart. */
export const reconnectDelayMs = (failures: number, random: number): number => {
  const full = Math.min(FIRST_DELAY_MS * 2 ** Math.min(failures, 16), MAX_DELAY_MS)
  return full / 2 + (full / 2) * random
}
