import { Data, Effect, Exit, Result } from "effect"
import type { Decider, DomainEvent } from "#domain/kernel/decider.ts"
import { NO_STREAM, type Position, START } from "#domain/kernel/envelope.ts"
import { eventId } from "./ids.ts"
import type { AppendedListener, CommandMeta } from "./handle.ts"
import type { EventStoreShape, EventStoreUnavailable, NewEvent } from "./ports/event-store.ts"

export interface Handled<Event> {
  /** What this command made; empty when it had been done before. */
  readonly events: readonly Event[]
  /** Of the commit, or of the last known event where nothing was written. */
  readonly position: Position
}

/** Other writers were faster in every round, for seconds. */
export class TooManyConflicts extends Data.TaggedError("TooManyConflicts")<{ readonly stream: string }> {}

export type QueueFailure = EventStoreUnavailable | TooManyConflicts

/** With the waits between them a few hundred milliseconds at least, in which each other writer commits what it has. */
const MAX_ROUNDS = 50
/** The first wait after a conflict; it doubles, up to the longest: about what one synced commit takes to what several take. */
const FIRST_WAIT_MS = 1
const MAX_WAIT_MS = 16
/** Commits for which a stream where somebody else was faster is read before it is decided on: its cache is likely to be behind. */
const WARY_COMMITS = 16
/** Commands that one commit may fold; an order of magnitude above what waits during one fsync. */
const MAX_FOLDED_COMMANDS = 300

interface Waiting<Command, Event, Failure> {
  readonly command: Command
  readonly meta: CommandMeta
  readonly resume: (exit: Exit.Exit<Handled<Event>, Failure>) => void
}

interface Known<State> {
  readonly state: State
  readonly revision: number
  readonly position: Position
}

interface Round<State, Event, Rejection> {
  readonly state: State
  readonly events: readonly NewEvent[]
  readonly outcomes: readonly Exit.Exit<readonly Event[], Rejection>[]
}

/** One stream's commands, in order. What waits while a commit is on its way is folded into the next one. */
export class StreamQueue<State, Command, Event extends DomainEvent, Rejection> {
  readonly stream: string
  readonly #decider: Decider<State, Command, Event, Rejection>
  readonly #store: EventStoreShape
  readonly #onAppended: AppendedListener
  #queue: Waiting<Command, Event, Rejection | QueueFailure>[] = []
  #draining = false
  #known: Known<State> | null = null
  /** Commits to come that do not trust the cache. */
  #wary = 0

  constructor(
    decider: Decider<State, Command, Event, Rejection>,
    stream: string,
    store: EventStoreShape,
    onAppended: AppendedListener,
  ) {
    this.#decider = decider
    this.stream = stream
    this.#store = store
    this.#onAppended = onAppended
  }

  get waiting(): number {
    return this.#queue.length
  }

  get idle(): boolean {
    return !this.#draining && this.#queue.length === 0
  }

  lastSeen(): State | null {
    return this.#known?.state ?? null
  }

  /** Where nothing is known yet: that the stream is empty. The append verifies it, as it verifies all that is known. */
  expectNew(): void {
    this.#known ??= { state: this.#decider.initial, revision: NO_STREAM, position: START }
  }

  submit(command: Command, meta: CommandMeta): Effect.Effect<Handled<Event>, Rejection | QueueFailure> {
    return Effect.callback((resume) => {
      this.#queue.push({ command, meta, resume: (exit) => resume(exit) })
      if (this.#draining) return
      this.#draining = true
      Effect.runFork(this.#drain())
    })
  }

  load(): Effect.Effect<State, EventStoreUnavailable> {
    return Effect.map(this.#refresh(), (known) => known.state)
  }

  #drain(): Effect.Effect<void> {
    return Effect.whileLoop({
      while: () => {
        this.#draining = this.#queue.length > 0
        return this.#draining
      },
      // One turn of the loop first: callers that the last commit released come back with their next command and share this one.
      // Without it batches alternate between one command and all the others.
      body: () => Effect.andThen(Effect.yieldNow, Effect.suspend(() => this.#serve(this.#take(MAX_FOLDED_COMMANDS)))),
      step: () => {},
    })
  }

  #take(count: number): Waiting<Command, Event, Rejection | QueueFailure>[] {
    return this.#queue.splice(0, count)
  }

  /** `batch` may grow: after a conflict it takes along what has come meanwhile. */
  #serve(batch: Waiting<Command, Event, Rejection | QueueFailure>[]): Effect.Effect<void> {
    const cached = this.#wary > 0 ? null : this.#known
    if (this.#wary > 0) this.#wary -= 1
    return Effect.matchCause(this.#commit(batch, MAX_ROUNDS, cached), {
      onSuccess: ({ outcomes, position }) =>
        outcomes.forEach((outcome, index) =>
          batch[index]?.resume(Exit.map(outcome, (events) => ({ events, position }))),
        ),
      onFailure: (cause) => {
        this.#known = null
        for (const waiting of batch) waiting.resume(Exit.failCause(cause))
      },
    })
  }

  #commit(
    batch: Waiting<Command, Event, Rejection | QueueFailure>[],
    rounds: number,
    cached: Known<State> | null,
  ): Effect.Effect<
    { readonly outcomes: readonly Exit.Exit<readonly Event[], Rejection>[]; readonly position: Position },
    QueueFailure
  > {
    return Effect.gen({ self: this }, function* () {
      const known = cached ?? (yield* this.#refresh())
      const round = this.#decide(batch, known.state)
      if (round.events.length === 0) {
        // Nothing to append means nothing would verify the cache: a refusal or a repetition is only given on what the log says now.
        if (cached === null) return { outcomes: round.outcomes, position: known.position }
        const fresh = yield* this.#refresh()
        if (fresh.revision === known.revision) return { outcomes: round.outcomes, position: fresh.position }
        return yield* this.#commit(batch, rounds, fresh)
      }
      const commit = { stream: this.stream, expectedRevision: known.revision, events: round.events }
      const appended = yield* Effect.result(this.#store.append(commit))
      if (Result.isSuccess(appended)) {
        const { revision, position } = appended.success
        // Another revision than this round leads to means a commit of unknown outcome landed in between, and this one only repeated it.
        const ours = revision === known.revision + round.events.length
        this.#known = ours ? { state: round.state, revision, position } : null
        this.#onAppended(this.stream)
        return { outcomes: round.outcomes, position: appended.success.position }
      }
      if (appended.failure._tag === "EventStoreUnavailable") return yield* appended.failure
      if (rounds <= 1) return yield* new TooManyConflicts({ stream: this.stream })
      this.#wary = WARY_COMMITS
      yield* Effect.sleep(waitAfter(MAX_ROUNDS - rounds))
      batch.push(...this.#take(MAX_FOLDED_COMMANDS - batch.length))
      return yield* this.#commit(batch, rounds - 1, null)
    })
  }

  /** Each command decides on the state that those before it leave. A broken invariant is a defect of that command alone. */
  #decide(
    batch: readonly Waiting<Command, Event, Rejection | QueueFailure>[],
    initial: State,
  ): Round<State, Event, Rejection> {
    const { decide, fold, codec, invariant } = this.#decider
    const encoded = (made: readonly Event[], meta: CommandMeta): Exit.Exit<readonly NewEvent[]> => {
      try {
        return Exit.succeed(made.map((event, index) => ({ id: eventId(meta.commandId, index), ...codec.encode(event), meta })))
      } catch (defect) {
        return Exit.die(defect)
      }
    }
    let state = initial
    const events: NewEvent[] = []
    const outcomes = batch.map(({ command, meta }): Exit.Exit<readonly Event[], Rejection> => {
      const decided = decide(command)(state)
      if (Result.isFailure(decided)) return Exit.fail(decided.failure)
      const next = fold(state, decided.success)
      const broken = invariant?.(next) ?? null
      if (broken !== null) return Exit.die(new Error(`${this.stream}: ${broken}`))
      const made = encoded(decided.success, meta)
      if (Exit.isFailure(made)) return Exit.failCause(made.cause)
      state = next
      events.push(...made.value)
      return Exit.succeed(decided.success)
    })
    return { state, events, outcomes }
  }

  #refresh(): Effect.Effect<Known<State>, EventStoreUnavailable> {
    return Effect.suspend(() => {
      const from = this.#known ?? { state: this.#decider.initial, revision: NO_STREAM, position: START }
      return Effect.map(this.#store.readStream(this.stream, from.revision + 1), (recorded) => {
        const last = recorded.at(-1)
        if (last === undefined) return (this.#known = this.#known ?? from)
        const events = recorded.map((event) => Result.getOrThrowWith(this.#decider.codec.decode(event), unreadable))
        // A commit may have moved on while this read was under way; never go back.
        const known = { state: this.#decider.fold(from.state, events), revision: last.revision, position: last.position }
        if (this.#known === null || known.revision > this.#known.revision) this.#known = known
        return this.#known
      })
    })
  }
}

/** A writer must understand its whole stream; guessing would decide money on half a history. */
const unreadable = (failure: { readonly _tag: string; readonly type: string }): Error =>
  new Error(`cannot read an event of type ${failure.type}: ${failure._tag}`)

/** By chance, so that writers that met once do not meet again and again; at first often none at all. */
const waitAfter = (conflicts: number): number => Math.floor(Math.random() * Math.min(FIRST_WAIT_MS * 2 ** conflicts, MAX_WAIT_MS))
