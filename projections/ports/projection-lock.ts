import { Context, Data, type Effect, type Scope } from "effect"

export class ProjectionLockUnavailable extends Data.TaggedError("ProjectionLockUnavailable")<{
  readonly reason: string
}> {}

export interface HeldLock {
  /** Completes when the lock is no longer held although it was not given back. */
  readonly lost: Effect.Effect<void>
}

export interface ProjectionLockShape {
  /**
   * Waits until no other process projects, then holds the lock until the scope closes. It saves work; what keeps rows exact is the
   * checkpoint's compare-and-set.
   */
  readonly acquire: Effect.Effect<HeldLock, ProjectionLockUnavailable, Scope.Scope>
}

/** Who projects: one process of all. */
export class ProjectionLock extends Context.Service<ProjectionLock, ProjectionLockShape>()("projections/ProjectionLock") {}
