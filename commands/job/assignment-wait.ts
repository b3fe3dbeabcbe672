import { Schedule } from "effect"

/** The assignment is recorded while it travels: what a fast node says at the end can be here first. */
export const ASSIGNMENT_WAIT = { schedule: Schedule.spaced("20 millis"), times: 50 }

export const notYetAssigned = (failure: { readonly _tag: string }): boolean =>
  failure._tag === "StaleAttempt" && "current" in failure && failure.current === null
