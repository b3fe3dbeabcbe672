import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { type BusShape, NoReply } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { answers, type Server } from "./bus-answers.ts"
import { type Listeners, listeners } from "./bus-listeners.ts"
import { outflow } from "./bus-outflow.ts"
import { natsSubject } from "./bus-subject.ts"
import { type BusWire, busWire, guard } from "./bus-wire.ts"
import { watchConnection } from "./watch-connection.ts"

/** A server that was killed is back within seconds, and with it everybody who was connected to it. */
const PATIENCE_MS = 10_000
/** One of the processes that serve a subject gets each request. */
const QUEUE_GROUP = "servers"

export interface NatsBusOptions {
  /** First tokens of every subject, `resultity.<environment>`: one server may carry several networks. */
  readonly prefix: string
  readonly counters: CountersShape
  /** Hears of handlers and servers that throw, and of messages that JSON cannot hold or the server does not take. */
  readonly onDefect: (cause: unknown) => void
}

type Handler = (message: unknown) => void

/**
 * The bus over NATS core. A process has one subscription per subject however many listen, and each message is decoded once. What is
 * published while there is no connection is dropped and counted; subscriptions come back with the connection.
 */
export const natsBus = (connection: NatsConnection, { prefix, counters, onDefect }: NatsBusOptions): BusShape => {
  const wire = busWire(counters, onDefect)
  const { encode, drop } = wire
  const link = watchConnection(connection, (change) => counters.increment("bus_connection_total", change))
  const flow = outflow(connection)
  const answer = answers(wire)

  const addHandler = listeners<Handler>((subject, on) =>
    connection.subscribe(natsSubject(prefix, subject), {
      callback: (refused, message) => (refused === null ? receive(on(), message, wire) : onDefect(refused)),
    }),
  )
  const addServer = listeners<Server>((subject, on) =>
    connection.subscribe(natsSubject(prefix, subject), {
      queue: QUEUE_GROUP,
      callback: (refused, request) => (refused === null ? void answer(on().list.at(-1), request) : onDefect(refused)),
    }),
  )

  const ask = async (subject: string, message: unknown, timeoutMs: number): Promise<unknown> => {
    const payload = encode(message)
    if (payload === null) throw new Error("not JSON")
    if (payload.length > maxPayload(connection)) drop("too_large")
    const reply = await connection.request(natsSubject(prefix, subject), payload, { timeout: timeoutMs })
    return reply.json()
  }

  return {
    patienceMs: PATIENCE_MS,
    publish: (subject, message) => {
      if (!link.up()) return drop("disconnected")
      const payload = encode(message)
      if (payload === null) return drop("malformed")
      if (payload.length > maxPayload(connection)) return drop("too_large")
      if (!flow.admits(payload.length)) return drop("slow_server")
      guard(() => connection.publish(natsSubject(prefix, subject), payload), onDefect)
    },
    subscribe: addHandler,
    serve: addServer,
    request: (subject, message, timeoutMs) =>
      Effect.tryPromise({ try: () => ask(subject, message, timeoutMs), catch: () => new NoReply({ subject }) }),
  }
}

const receive = ({ list }: Listeners<Handler>, received: Msg, { drop, onDefect }: BusWire): void => {
  try {
    const message: unknown = received.json()
    for (const handler of list) guard(() => handler(message), onDefect)
  } catch {
    drop("malformed")
  }
}

/** Unknown while there is no server; then the message waits or is dropped anyway. */
const maxPayload = (connection: NatsConnection): number => connection.info?.max_payload ?? Number.POSITIVE_INFINITY
