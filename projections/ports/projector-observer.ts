import type { Position } from "#domain/kernel/envelope.ts"

/** What operators of the network must hear of. Called by the projector, must not throw. */
export interface ProjectorObserver {
  /** The event was skipped: a newer writer, or a retired type. */
  readonly unknownEvent: (type: string) => void
  /** An alarm: this projection goes no further, the others do. `at` is the event it cannot take. */
  readonly stopped: (stop: { readonly projection: string; readonly at: Position; readonly reason: string }) => void
  /** Another projector moved a checkpoint; nothing was doubled. */
  readonly refused: (projections: readonly string[]) => void
  /** Log, tables or lock cannot be reached; it will be tried again. */
  readonly retrying: (reason: string) => void
  /** These projections have come so far, durably. */
  readonly advanced: (positions: ReadonlyMap<string, Position>) => void
}

export const silentObserver: ProjectorObserver = {
  unknownEvent: () => {},
  stopped: () => {},
  refused: () => {},
  retrying: () => {},
  advanced: () => {},
}
