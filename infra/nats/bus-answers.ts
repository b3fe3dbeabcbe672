import type { Msg } from "@nats-io/transport-node"
import { type BusWire, guard } from "./bus-wire.ts"

/** Requests that one process answers at once; more are refused, and whoever asked hears `NoReply`. */
export const MAX_SERVING = 4_096

export type Server = (message: unknown) => Promise<unknown>

/** Answers requests. An empty reply is a refusal: no JSON is empty. */
export const answers = ({ encode, drop, onDefect }: BusWire): ((server: Server | undefined, request: Msg) => Promise<void>) => {
  let serving = 0
  return async (server, request) => {
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
}
