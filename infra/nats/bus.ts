import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node"
import { Effect } from "effect"
import { type BusShape, NoReply, type Unsubscribe } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { outflow } from "./bus-outflow.ts"
import { natsSubject } from "./bus-subject.ts"
import { watchConnection } from "./watch-connection.ts"

/** Requests that one process answers at once; more are refused, and whoever asked hears `NoReply`. */
export const MAX_SERVING = 4_096
/** One of the processes that serve a subject gets each request. */
const QUEUE_GROUP = "servers"

export interface NatsBusOptions {
  /** First tokens of every subject, `resultity.<environment>`: one server may carry several networks. */
  readonly prefix: string
  readonly counters: CountersShape
  /** Hears of handlers and servers that throw, and of messages that JSON cannot hold. */
  readonly onDefect: (cause: unknown) => void
}

type Handler = (message: unknown) => void
type Server = (message: unknown) => Promise<unknown>

interface Listeners<Listener> {
  readonly subscription: Subscription
  /** Replaced, never changed: a message under way reaches those who listened when it came. */
  list: readonly Listener[]
}

/**
 * The bus over NATS core. A process has one subscription per subject however many listen, and each message is decoded once. What is
 * published while there is no connection is dropped and counted; subscriptions come back with the connection.
 */
export const natsBus = (connection: NatsConnection, { prefix, counters, onDefect }: NatsBusOptions): BusShape => {
  const subscribers = new Map<string, Listeners<Handler>>()
  const servers = new Map<string, Listeners<Server>>()
  const link = watchConnection(connection, (change) => counters.increment("bus_connection_total", change))
  const flow = outflow(connection)
  let serving = 0

  const encode = (message: unknown): Buffer | null => {
    try {
      return Buffer.from(JSON.stringify(message) ?? "null")
    } catch (cause) {
      onDefect(cause)
      return null
    }
  }

  const drop = (reason: string): void => counters.increment("bus_dropped_total", reason)

  const receive = (on: Listeners<Handler>, data: Msg): void => {
    const { list } = on
    try {
      const message: unknown = data.json()
      for (const handler of list) guard(() => handler(message), onDefect)
    } catch {
      drop("malformed")
    }
  }

  const answer = async (on: Listeners<Server>, request: Msg): Promise<void> => {
    const server = on.list.at(-1)
    if (server === undefined || serving >= MAX_SERVING) {
      drop("too_many_requests")
      return void request.respond()
    }
    serving++
    try {
      const reply = encode(await server(request.json()))
      request.respond(reply ?? undefined)
    } catch (cause) {
      onDefect(cause)
      guard(() => request.respond(), onDefect)
    } finally {
      serving--
    }
  }

  const add = <Listener>(
    all: Map<string, Listeners<Listener>>,
    subject: string,
    listener: Listener,
    open: (on: () => Listeners<Listener>) => Subscription,
  ): Unsubscribe => {
    const on: Listeners<Listener> = all.get(subject) ?? { subscription: open(() => on), list: [] }
    all.set(subject, on)
    on.list = [...on.list, listener]
    let listening = true
    return () => {
      if (!listening) return
      listening = false
      on.list = on.list.toSpliced(on.list.lastIndexOf(listener), 1)
      if (on.list.length > 0) return
      all.delete(subject)
      on.subscription.unsubscribe()
    }
  }

  return {
    publish: (subject, message) => {
      if (!link.up()) return drop("disconnected")
      const payload = encode(message)
      if (payload === null) return drop("malformed")
      if (!flow.admits(payload.length)) return drop("slow_server")
      try {
        connection.publish(natsSubject(prefix, subject), payload)
      } catch (cause) {
        drop("refused")
        onDefect(cause)
      }
    },
    subscribe: (subject, handler) =>
      add(subscribers, subject, handler, (on) =>
        connection.subscribe(natsSubject(prefix, subject), {
          callback: (refused, message) => (refused === null ? receive(on(), message) : onDefect(refused)),
        }),
      ),
    serve: (subject, server) =>
      add(servers, subject, server, (on) =>
        connection.subscribe(natsSubject(prefix, subject), {
          queue: QUEUE_GROUP,
          callback: (refused, request) => (refused === null ? void answer(on(), request) : onDefect(refused)),
        }),
      ),
    request: (subject, message, timeoutMs) =>
      Effect.tryPromise({
        try: async () => {
          const payload = encode(message)
          if (payload === null) throw new Error("not JSON")
          const reply = await connection.request(natsSubject(prefix, subject), payload, { timeout: timeoutMs })
          return reply.json()
        },
        catch: () => new NoReply({ subject }),
      }),
  }
}

const guard = (call: () => unknown, onDefect: (cause: unknown) => void): void => {
  try {
    call()
  } catch (cause) {
    onDefect(cause)
  }
}
