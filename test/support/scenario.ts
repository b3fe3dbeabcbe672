import { Result } from "effect"
import { expect } from "vitest"
import type { Decider, DomainEvent } from "#domain/kernel/decider.ts"

/** What a command led to, and the rules that can be stated about it. */
export interface Outcome<Event, Rejection> {
  /** Exactly these events, in this order; of each only the named fields are compared. */
  readonly gives: (...events: readonly PartialEvent<Event>[]) => void
  /** Said before: nothing new. */
  readonly changesNothing: () => void
  readonly rejects: (rejection: Rejection) => void
  readonly events: () => readonly Event[]
}

type PartialEvent<Event> = Event extends { readonly type: infer Type; readonly data: infer Data }
  ? { readonly type: Type; readonly data?: Partial<Data> }
  : never

export interface Scenario<State, Command, Event, Rejection> {
  readonly state: State
  /** After this history. */
  readonly given: (...events: readonly Event[]) => Scenario<State, Command, Event, Rejection>
  /** After these commands, each of which must be accepted. */
  readonly after: (...commands: readonly Command[]) => Scenario<State, Command, Event, Rejection>
  readonly when: (command: Command) => Outcome<Event, Rejection>
}

/** given / when / then for one decider. */
export const scenario = <State, Command, Event extends DomainEvent, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
  state: State = decider.initial,
): Scenario<State, Command, Event, Rejection> => {
  const { decide, fold } = decider
  const accept = (before: State, command: Command): State =>
    fold(before, Result.getOrThrowWith(decide(command)(before), (no) => new Error(`refused: ${JSON.stringify(no, bigints)}`)))
  return {
    state,
    given: (...events) => scenario(decider, fold(state, events)),
    after: (...commands) => scenario(decider, commands.reduce(accept, state)),
    when: (command) => {
      const decision = decide(command)(state)
      const events = () => Result.getOrThrowWith(decision, (no) => new Error(`refused: ${JSON.stringify(no, bigints)}`))
      return {
        events,
        gives: (...expected) => expect(events()).toMatchObject(expected),
        changesNothing: () => expect(events()).toEqual([]),
        rejects: (rejection) => expect(decision).toEqual(Result.fail(rejection)),
      }
    },
  }
}

const bigints = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value)
