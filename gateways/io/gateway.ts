import { Effect } from "effect"
import { Bus } from "#commands/ports/bus.ts"
import { ContentStore } from "#commands/ports/content-store.ts"
import { Counters } from "#commands/ports/counters.ts"
import { JobStream } from "#commands/ports/job-stream.ts"
import { NetworkSettings } from "#commands/ports/network-settings.ts"
import { Presence } from "#commands/ports/presence.ts"
import { Telemetry } from "#commands/ports/telemetry.ts"
import { NodeSignatures } from "../ports/node-signatures.ts"
import type { NodeSocket } from "../ports/node-socket.ts"
import type { IoServices } from "./active-session.ts"
import { Connection } from "./connection.ts"
import { CountPool } from "./count-pool.ts"
import type { IoNeeds } from "./needs.ts"

/** Connections at once; more are turned away. */
export const MAX_CONNECTIONS = 10_000

export interface IoGateway {
  /** Takes over an open socket. */
  readonly accept: (socket: NodeSocket) => void
  /** Closes every connection; nodes come back to whoever answers next. */
  readonly stop: () => void
}

/** The nodes' entrance: everything a node says or hears passes here. */
export const ioGateway: Effect.Effect<IoGateway, never, IoNeeds> = Effect.gen(function* () {
  const context = yield* Effect.context<IoNeeds>()
  const counters = yield* Counters
  const { environment } = yield* NetworkSettings
  const connections = new Set<Connection>()
  const byNode = new Map<string, Connection>()

  const fork: IoServices["fork"] = (name, effect) => {
    const guarded = Effect.catchCause(effect, (cause) =>
      Effect.andThen(
        Effect.sync(() => counters.increment("io_failed_total", name)),
        Effect.logWarning(`io: ${name} failed`, cause),
      ),
    )
    Effect.runForkWith(context)(guarded)
  }
  const bus = yield* Bus
  const services: IoServices = {
    bus,
    content: yield* ContentStore,
    counters,
    counts: new CountPool(bus),
    jobStream: yield* JobStream,
    presence: yield* Presence,
    signatures: yield* NodeSignatures,
    telemetry: yield* Telemetry,
    fork,
  }

  const events = {
    onOpened: (connection: Connection, nodeId: string) => {
      const older = byNode.get(nodeId)
      byNode.set(nodeId, connection)
      if (older !== connection) older?.drop({ code: "replaced", message: "this node opened a newer session" })
    },
    onClosed: (connection: Connection, nodeId: string | null) => {
      connections.delete(connection)
      if (nodeId !== null && byNode.get(nodeId) === connection) byNode.delete(nodeId)
    },
  }

  return {
    accept: (socket) => {
      if (connections.size >= MAX_CONNECTIONS) {
        counters.increment("io_refused_total", "too_many_connections")
        return socket.close(1013, "too many connections")
      }
      connections.add(new Connection(socket, services, environment, events))
    },
    stop: () => {
      for (const connection of [...connections]) connection.drop({ code: "unavailable", message: "the network is going down" })
    },
  }
})
