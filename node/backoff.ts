const FIRST_MS = 500
const LONGEST_MS = 30_000

/** Pause before the next try after so many failures in a row: doubling, half of it random so that many come back apart. `random` in [0, 1). */
export const backoffMs = (failures: number, random: number): number => {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16))
  return Math.round(full * (0.5 + random / 2))
}
