import { setTimeout as delay } from "node:timers/promises"
import { errors } from "@nats-io/transport-node"
import { WrongExpectedRevision } from "#commands/ports/event-store.ts"
import { ForeignEventId } from "../group-commit/foreign-event-id.ts"
import { LogDamaged } from "./log-commit.ts"
import { EventLogRefused } from "./log-refused.ts"

/** A cluster that elects a new leader answers again after 5 to 8 s; a server that restarts, sooner. */
const RETRY_FOR_MS = 15_000
const RETRY_DELAY_MS = 10
const MAX_RETRY_DELAY_MS = 250

/** Ours, not the server's: no retry would help. */
export const isDefect = (cause: unknown): boolean => cause instanceof ForeignEventId || cause instanceof LogDamaged

/** An answer, or what stays as it is until somebody changes something. Everything else may pass. */
const isFinal = (cause: unknown): boolean =>
  isDefect(cause) ||
  cause instanceof WrongExpectedRevision ||
  cause instanceof EventLogRefused ||
  cause instanceof errors.ClosedConnectionError ||
  isForbidden(cause)

/** The client wraps what the server refuses to a request. */
const isForbidden = (cause: unknown): boolean =>
  cause instanceof errors.PermissionViolationError || (cause instanceof Error && cause.cause instanceof errors.PermissionViolationError)

export const deadline = (): number => Date.now() + RETRY_FOR_MS

/** Repeats what is safe to repeat while it fails with something that may pass; throws what it last said. */
export const ridingOut = async <A>(attempt: () => Promise<A>, until: number): Promise<A> => {
  for (let wait = RETRY_DELAY_MS; ; wait = Math.min(wait * 2, MAX_RETRY_DELAY_MS)) {
    try {
      return await attempt()
    } catch (cause) {
      if (isFinal(cause) || Date.now() + wait > until) throw cause
    }
    await delay(wait)
  }
}

/** For a tagged error's `reason`. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message || cause.name : String(cause))
