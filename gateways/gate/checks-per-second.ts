import { MAX_CHECKS_PER_SECOND } from "./limits.ts"

const SECOND_MS = 1_000

/** Whether one more signature may be checked in this second. */
export const checksPerSecond = (now: () => number): (() => boolean) => {
  let second = 0
  let checked = 0
  return () => {
    const current = Math.floor(now() / SECOND_MS)
    if (current !== second) {
      second = current
      checked = 0
    }
    return ++checked <= MAX_CHECKS_PER_SECOND
  }
}
