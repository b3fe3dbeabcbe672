import { Context, Data, Effect, Layer } from "effect"
import type { Decider, DomainEvent } from "#domain/kernel/decider.ts"
import { streamName } from "#domain/kernel/decider.ts"
import { EventStore, type EventStoreShape, type EventStoreUnavailable } from "./ports/event-store.ts"
import { StreamCache } from "./stream-cache.ts"
import { type Handled, type QueueFailure, StreamQueue } from "./stream-queue.ts"

/** Who asks, for the log: a repeated command id writes nothing twice. */
export interface CommandMeta {
  readonly commandId: string
  readonly correlationId: string
}

/** Of a stream with a new id there is nothing to read; if there is, the append finds it out. */
export type StreamAge = "new" | "any"

/** More commands wait for this stream than can be served soon; nothing was done. */
export class StreamBusy extends Data.TaggedError("StreamBusy")<{ readonly stream: string; readonly waiting: number }> {}

/** Commands that may wait for one stream. */
export const MAX_WAITING = 4_096

export interface CommandsShape {
  /**
   * Load → fold → decide → append at the revision read. Commands for one stream queue up and share one commit. Succeeds once the
   * events are durable; fails with the decider's rejection, or with a failure after which nothing of this command was written.
   */
  readonly handle: <State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
    command: Command,
    meta: CommandMeta,
    age?: StreamAge,
  ) => Effect.Effect<Handled<Event>, Rejection | QueueFailure | StreamBusy>
  /** The current state, read from the log where the cache may be behind. */
  readonly load: <State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
  ) => Effect.Effect<State, EventStoreUnavailable>
  /**
   * The state as last seen by this process, or null. Where other processes write too it is null always: what they wrote since is not
   * known here. For hints only, `handle` decides.
   */
  readonly peek: <State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
  ) => State | null
}

/** The only way events are made. */
export class Commands extends Context.Service<Commands, CommandsShape>()("commands/Commands") {}

export type AppendedListener = (stream: string) => void

export interface CommandsOptions {
  readonly onAppended?: AppendedListener
  /** This process is the only one that appends to the log. */
  readonly soleWriter?: boolean
}

export const makeCommands = (
  store: EventStoreShape,
  { onAppended = () => {}, soleWriter = true }: CommandsOptions = {},
): CommandsShape => {
  const queues = new StreamCache()

  const queueOf = <State, Command, Event extends DomainEvent, Rejection>(
    decider: Decider<State, Command, Event, Rejection>,
    id: string,
  ): StreamQueue<State, Command, Event, Rejection> => {
    const stream = streamName(decider, id)
    return queues.use(stream, () => new StreamQueue(decider, stream, store, onAppended))
  }

  return {
    handle: (decider, id, command, meta, age = "any") =>
      Effect.gen(function* () {
        const queue = queueOf(decider, id)
        const { stream, waiting } = queue
        if (waiting >= MAX_WAITING) return yield* new StreamBusy({ stream, waiting })
        if (age === "new") queue.expectNew()
        return yield* queue.submit(command, meta)
      }),
    load: (decider, id) => Effect.suspend(() => queueOf(decider, id).load()),
    peek: (decider, id) => {
      if (!soleWriter) return null
      const queue = queues.get<typeof decider.initial, never, never, never>(streamName(decider, id))
      return queue?.lastSeen() ?? null
    },
  }
}

export const commandsLayer = (options: CommandsOptions): Layer.Layer<Commands, never, EventStore> =>
  Layer.effect(
    Commands,
    Effect.map(EventStore, (store) => makeCommands(store, options)),
  )
