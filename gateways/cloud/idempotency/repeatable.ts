import type { FastifyReply } from "fastify"
import { keyedRequestId, newRequestId } from "#commands/ids.ts"
import type { Request } from "#domain/request/index.ts"
import { isKeyed, type KeyedRoute, type Route } from "../../http/routes.ts"
import { playReply } from "../requests/play-reply.ts"
import { ReplySource } from "../requests/reply-source.ts"
import { keyNotServed, keyReused, streamLost } from "../requests/request-problems.ts"
import type { Run } from "../requests/run.ts"
import type { Tickets } from "../requests/tickets.ts"
import { type Asked, canonicalOf, endpointOf, modelOf } from "./asked.ts"
import { ownCall } from "./own-call.ts"
import { REPEATABLE_PARAMETERS } from "./repeatable-document.ts"
import type { RequestDeps } from "./request-deps.ts"
import { answerLater } from "./answer-later.ts"
import { wishOf } from "./wish.ts"

/**
 * Lets every POST be repeated under an `Idempotency-Key`: of all requests with one key one is run, and all get its answer. A request without
 * a wish of this kind goes straight to its handler.
 */
export const repeatable = (routes: readonly Route[], deps: RequestDeps, tickets: Tickets): readonly Route[] =>
  routes.map((route) => (route.method === "POST" && isKeyed(route) ? repeatableRoute(route, deps, tickets) : route))

const repeatableRoute = (route: KeyedRoute, deps: RequestDeps, tickets: Tickets): KeyedRoute => ({
  ...route,
  parameters: [...(route.parameters ?? []), ...REPEATABLE_PARAMETERS],
  problems: { 409: "The request under this key was cancelled, or its stream is lost.", 422: "The key was used for another request.", ...route.problems },
  handle: (call) => {
    const isOurOwn = tickets.taskOf(call.request) !== null
    const wish = isOurOwn ? null : wishOf(call.request, { mayBeLater: route.later !== undefined })
    if (wish === null) return route.handle(call)
    if (route.reads === "stream") throw keyNotServed()
    const requestId = wish.key === null ? newRequestId() : keyedRequestId(call.caller.namespaceId, wish.key)
    const asked: Asked = { route, call, wish, requestId }
    return wish.isAsync ? answerLater(asked, deps) : answerNow(asked, deps)
  },
})

const answerNow = async (asked: Asked, deps: RequestDeps): Promise<FastifyReply> => {
  const { wish, requestId, call: { reply, caller } } = asked
  const place = { requestId, namespaceId: caller.namespaceId }
  if (wish.last !== null && (await deps.requests.load(requestId)).generation !== wish.last.generation) throw streamLost()
  const source = new ReplySource(place, deps)
  reply.raw.once("close", () => source.leave())
  for (;;) {
    const run = await begin(asked, deps)
    if (await playReply({ requestId, reply, source, last: wish.last, isReplayed: run === null })) return reply
    if (reply.raw.destroyed) return reply
    await source.rest()
  }
}

/** The run that this request began, or null when it found one, or an answer. */
const begin = async (asked: Asked, deps: RequestDeps): Promise<Run | null> => {
  const { route, call, wish, requestId } = asked
  const { requests, gatewayId, runs } = deps
  const { namespaceId, keyId } = call.caller
  const accepted = await requests.accept({
    requestId, namespaceId, keyId, endpoint: endpointOf(route), mode: "attached", priority: "normal", model: modelOf(call.request.body),
    canonical: canonicalOf(call), startWith: wish.last === null ? gatewayId : null,
  })
  if (accepted.type === "mismatch") throw keyReused()
  const generation = accepted.type === "accepted" ? accepted.generation : await takeOver(await requests.load(requestId), asked, deps)
  if (generation === null) return null
  return runs.start({ requestId, namespaceId, generation, caller: call.caller, mode: "attached", priority: "normal", call: ownCall(call.request) })
}

/** The gateway that had it is lost, or this one has it on record and not in hand. */
const takeOver = async (state: Request, { requestId, wish }: Asked, { requests, runs, gatewayId }: RequestDeps): Promise<number | null> => {
  if (state.stage !== "running" || state.gatewayId === gatewayId || requests.gatewayAlive(state.gatewayId)) return null
  if (runs.find(requestId) !== null) return null
  if (wish.last !== null) throw streamLost()
  return requests.start({ requestId, gatewayId, replaces: state.generation })
}
