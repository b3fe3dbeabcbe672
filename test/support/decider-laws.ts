import { Result } from "effect"
import { PersistentMap } from "#domain/kernel/persistent-map.ts"
import type { Decider, DomainEvent } from "#domain/kernel/decider.ts"

/** Scripts of random commands in the normal run, by what they are run against. */
export const SCRIPTS = { ledger: 45_000, job: 30_000, rcp: 5_000, driven: 20_000 }

/** Seconds on an idle machine; a busy one may take its time, for nothing here is a measurement. */
export const PATIENCE_MS = 120_000

/** What a script left behind, for laws that are special to one aggregate. */
export interface Played<State, Event> {
  readonly state: State
  readonly events: readonly Event[]
}

class LawBroken extends Error {}

const demand = (holds: boolean, law: string): void => {
  if (!holds) throw new LawBroken(law)
}

/**
 * Runs a script and demands, after each command, what must hold for every aggregate. Throws with the law that was
 * broken. `keys` are all keys that the script can put into a persistent map.
 */
export const playByTheLaws = <State, Command, Event extends DomainEvent, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
  script: readonly Command[],
  keys: readonly string[] = [],
): Played<State, Event> => {
  const { decide, fold, invariant, initial } = decider
  const history: Event[] = []
  let state = initial
  let readBack = initial
  for (const command of script) {
    const decision = decide(command)(state)
    if (Result.isFailure(decision)) continue
    const events = decision.success
    state = fold(state, events)
    demand((invariant?.(state) ?? null) === null, `the invariant holds: ${invariant?.(state)}`)
    demand(events.every((event) => sumOfPostings(event) === 0n), "the postings of an event sum to zero")
    const repeated = decide(command)(state)
    demand(Result.isSuccess(repeated) && repeated.success.length === 0, "an accepted command changes nothing the second time")
    readBack = fold(readBack, events.map((event) => overTheWire(decider, event)))
    history.push(...events)
  }
  const snapshot = flat(state, keys)
  demand(flat(fold(initial, history), keys) === snapshot, "folding all events at once equals folding them one by one")
  demand(flat(readBack, keys) === snapshot, "events that went through JSON fold to the same state")
  return { state, events: history }
}

/** The event as another process reads it. */
export const overTheWire = <State, Command, Event extends DomainEvent, Rejection>(
  { codec }: Decider<State, Command, Event, Rejection>,
  event: Event,
): Event => {
  const { type, data } = codec.encode(event)
  const decoded = codec.decode({ type, data: JSON.parse(JSON.stringify(data)) })
  return Result.getOrThrowWith(decoded, (failure) => new LawBroken(`events survive the wire: ${JSON.stringify(failure)}`))
}

const sumOfPostings = (event: DomainEvent): bigint => {
  if (!("postings" in event.data) || !Array.isArray(event.data.postings)) return 0n
  return event.data.postings.reduce((sum: bigint, posting: { readonly amount: bigint }) => sum + posting.amount, 0n)
}

/** A state as text; of a persistent map its size and the values under `keys`, for its private fields are hidden from comparison. */
const flat = (state: unknown, keys: readonly string[]): string =>
  JSON.stringify(state, (_key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`
    return value instanceof PersistentMap ? [value.size, ...keys.map((key) => value.get(key) ?? null)] : value
  })
