import { MAX_REFUSALS, REFUSAL_WINDOW_MS } from "./limits.ts"

/** Refused frames of one connection. A rate, not a sum: an honest node that errs now and then stays for months. */
export class RecentRefusals {
  #at: readonly number[] = []

  /** Counts one in. True: more than `MAX_REFUSALS` within `REFUSAL_WINDOW_MS`, so the connection is not worth keeping. */
  tooMany(at: number): boolean {
    this.#at = [...this.#at.filter((earlier) => earlier > at - REFUSAL_WINDOW_MS), at]
    return this.#at.length > MAX_REFUSALS
  }
}
