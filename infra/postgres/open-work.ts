import { Effect } from "effect"
import { type OpenHoldRef, type OpenJobRef, type OpenSessionRef, OpenWorkUnavailable, type OpenWorkShape } from "#commands/ports/open-work.ts"

/** The read models' part in it: what the queries of balances, jobs and nodes offer. */
export interface OpenWorkQueries {
  readonly openJobs: (limit: number) => Promise<readonly OpenJobRef[]>
  readonly openHolds: (range: { readonly placedBefore: number; readonly limit: number }) => Promise<readonly OpenHoldRef[]>
  readonly openSessions: (limit: number) => Promise<readonly OpenSessionRef[]>
}

/** Where the watchdog looks: the jobs, open_holds and nodes read models. */
export const openWork = ({ openJobs, openHolds, openSessions }: OpenWorkQueries): OpenWorkShape => ({
  jobs: (limit) => query(() => openJobs(limit)),
  holds: (placedBefore, limit) => query(() => openHolds({ placedBefore, limit })),
  sessions: (limit) => query(() => openSessions(limit)),
})

const query = <Row>(read: () => Promise<readonly Row[]>) =>
  Effect.tryPromise({
    try: read,
    catch: (cause) => new OpenWorkUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }),
  })
