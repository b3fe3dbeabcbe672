import { Effect } from "effect"
import { type OpenHoldRef, type OpenJobRef, OpenWorkUnavailable, type OpenWorkShape } from "#commands/ports/open-work.ts"

/** The read models' part in it: what the queries of balances and jobs offer. */
export interface OpenWorkQueries {
  readonly openJobs: (limit: number) => Promise<readonly OpenJobRef[]>
  readonly openHolds: (range: { readonly placedBefore: number; readonly limit: number }) => Promise<readonly OpenHoldRef[]>
}

/** Where the watchdog looks: the jobs and open_holds read models. */
export const openWork = ({ openJobs, openHolds }: OpenWorkQueries): OpenWorkShape => ({
  jobs: (limit) => query(() => openJobs(limit)),
  holds: (placedBefore, limit) => query(() => openHolds({ placedBefore, limit })),
})

const query = <Row>(read: () => Promise<readonly Row[]>) =>
  Effect.tryPromise({
    try: read,
    catch: (cause) => new OpenWorkUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }),
  })
