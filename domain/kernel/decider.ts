import type { Result } from "effect"
import type { EventCodec } from "./event-codec.ts"

/** A fact as the domain sees it: a wire type and its decoded data. */
export interface DomainEvent {
  readonly type: string
  readonly data: object
}

/**
 * One aggregate's rules. `decide` is total and idempotent by natural key: the same command twice gives `[]`, the same key with
 * other content is a rejection. Time, ids, prices and config arrive inside the command. `fold` never throws on valid history.
 */
export interface Decider<State, Command, Event extends DomainEvent, Rejection> {
  /** First half of the stream name: `<category>-<id>`. */
  readonly category: string
  readonly codec: EventCodec<Event>
  readonly initial: State
  readonly fold: (state: State, events: readonly Event[]) => State
  readonly decide: (command: Command) => (state: State) => Result.Result<readonly Event[], Rejection>
  /** What is wrong with this state, or null. Checked by property tests, and by `handle` before it appends. */
  readonly invariant?: (state: State) => string | null
}

/** `fold` from a function that applies one event. */
export const foldWith =
  <State, Event>(apply: (state: State, event: Event) => State) =>
  (state: State, events: readonly Event[]): State => {
    let next = state
    for (const event of events) next = apply(next, event)
    return next
  }

/** The stream that holds one aggregate's history. */
export const streamName = (decider: { readonly category: string }, id: string): string => `${decider.category}-${id}`
