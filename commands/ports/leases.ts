import { Context, Data, type Effect, type Scope } from "effect"

/** Who holds what cannot be asked now. Nobody gets a lease meanwhile, and a lease that cannot be renewed in time is lost. */
export class LeasesUnavailable extends Data.TaggedError("LeasesUnavailable")<{ readonly reason: string }> {}

export interface Lease {
  /** Greater than the fence of every earlier holder of this name; whoever has seen a greater one must refuse this holder's writes. */
  readonly fence: number
  /** Completes once the lease is lost although it was not given back: taken away, or not renewed in time. Never before. */
  readonly lost: Effect.Effect<void>
  /**
   * Whether the lease is still ours, by the monotonic clock and without asking anybody: false from the moment another process may
   * have it, also in a process that was stopped meanwhile and has not noticed yet. Ask it right before each write. Once false, always false.
   */
  readonly stillHeld: () => boolean
}

export interface LeasesShape {
  /**
   * Waits until nobody else holds `name`, holds it until the scope closes and renews it meanwhile. A holder that dies blocks the
   * name for `ttlMs` at most. It saves work; what keeps facts exact is the fence and the revision that each append expects.
   */
  readonly acquire: (name: string, ttlMs: number) => Effect.Effect<Lease, LeasesUnavailable, Scope.Scope>
}

/** Work that one process at a time should do: dispatching, projecting, owning a busy ledger. */
export class Leases extends Context.Service<Leases, LeasesShape>()("commands/Leases") {}
