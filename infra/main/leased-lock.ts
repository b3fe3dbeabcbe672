import { Effect } from "effect"
import type { LeasesShape } from "#commands/ports/leases.ts"
import { type ProjectionLockShape, ProjectionLockUnavailable } from "#projections/ports/projection-lock.ts"

/** One that holds it and dies is replaced within this. */
const LEASE_MS = 5_000

/** A projection's lock where its tables are not in Postgres. What its holder writes too late the checkpoint refuses. */
export const leasedLock = (leases: LeasesShape, name: string): ProjectionLockShape => ({
  acquire: leases.acquire(name, LEASE_MS).pipe(
    Effect.map(({ lost }) => ({ lost })),
    Effect.mapError(({ reason }) => new ProjectionLockUnavailable({ reason })),
  ),
})
