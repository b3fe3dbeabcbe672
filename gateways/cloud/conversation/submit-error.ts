import { InsufficientCredits, NetworkBusy, SpendLimitReached } from "#commands/job/place-hold.ts"
import { NetworkUnavailable } from "#commands/job/submit-chat.ts"
import { noCredits, tooFast, unavailable } from "../../http/api-error.ts"

/** What a client is told when its job was not accepted; anything unexpected stays as it is, for the 500. */
export const submitError = (failure: unknown): unknown => {
  if (failure instanceof InsufficientCredits) {
    const { required, available, held } = failure
    return noCredits(
      "You exceeded your current quota: this request needs " +
        `${required} micro-credits, ${available} are available and ${held} are held by other requests. Please add credits.`,
    )
  }
  if (failure instanceof SpendLimitReached) {
    const { period, limit, settled, held, required } = failure
    return noCredits(
      `You exceeded your current quota: this key may spend ${limit} micro-credits a ${period} (UTC), ${settled} are spent and ${held} ` +
        `are held by other requests; this one needs ${required}.`,
    )
  }
  if (failure instanceof NetworkBusy) return tooFast("Too many requests wait on this balance. Please slow down.")
  if (failure instanceof NetworkUnavailable) {
    return unavailable("network_unavailable", "The network cannot take requests at the moment. Please try again.")
  }
  return failure
}
