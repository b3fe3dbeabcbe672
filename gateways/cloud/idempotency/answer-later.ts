import type { FastifyReply } from "fastify"
import { badRequest } from "../../http/api-error.ts"
import { REPLAYED_HEADER, REQUEST_ID_HEADER } from "../requests/play-reply.ts"
import { requestObject } from "../requests/request-object.ts"
import { keyReused } from "../requests/request-problems.ts"
import { type Asked, canonicalOf, endpointOf, modelOf } from "./asked.ts"
import { ownCall } from "./own-call.ts"
import type { RequestDeps } from "./request-deps.ts"
import { isStreamed } from "./wish.ts"

/** Takes the request and says where its answer will be. What it says is true also when this gateway is gone a moment later. */
export const answerLater = async ({ route, call, requestId }: Asked, deps: RequestDeps): Promise<FastifyReply> => {
  const { request, reply, caller } = call
  const { requests, runner, gatewayId } = deps
  if (isStreamed(request.body)) {
    throw badRequest({ code: "invalid_value", param: "stream", message: "An answer that is fetched later cannot be a stream: leave 'stream' out." })
  }
  route.later?.(request.body)
  const { namespaceId, keyId } = caller
  const place = { requestId, namespaceId }
  const accepted = await requests.accept({
    ...place, keyId, endpoint: endpointOf(route), mode: "polling", priority: "normal", model: modelOf(request.body),
    canonical: canonicalOf(call), startWith: runner.hasRoom ? gatewayId : null,
  })
  if (accepted.type === "mismatch") throw keyReused()
  if (accepted.type === "accepted") {
    await requests.keepCall(place, ownCall(request))
    if (accepted.generation !== null) runner.run({ ...place, keyId, generation: accepted.generation, mode: "polling", priority: "normal" })
  }
  const state = await requests.load(requestId)
  if (state.stage === "absent") throw new Error("a request was accepted and is not there")
  const kept = state.stage === "finished" ? await requests.reply({ ...place, generation: state.generation }) : null
  return reply
    .code(202)
    .headers({ location: `/v1/requests/${requestId}`, "preference-applied": "respond-async", [REQUEST_ID_HEADER]: requestId })
    .headers(accepted.type === "known" ? { [REPLAYED_HEADER]: "true" } : {})
    .send(requestObject(state, kept))
}
