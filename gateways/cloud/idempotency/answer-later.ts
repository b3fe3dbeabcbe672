import type { FastifyReply } from "fastify"
import { badRequest } from "../../http/api-error.ts"
import { acceptLater, outcomeOf } from "../requests/accept-later.ts"
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
  if (isStreamed(request.body)) {
    throw badRequest({ code: "invalid_value", param: "stream", message: "An answer that is fetched later cannot be a stream: leave 'stream' out." })
  }
  route.later?.(request.body)
  const { namespaceId, keyId } = caller
  const accepted = await acceptLater(
    {
      requestId, namespaceId, keyId, endpoint: endpointOf(route), mode: "polling", priority: "normal", model: modelOf(request.body),
      canonical: canonicalOf(call), call: ownCall(request),
    },
    deps,
  )
  if (accepted === "mismatch") throw keyReused()
  const outcome = await outcomeOf({ requestId, namespaceId }, deps.requests)
  if (outcome === null) throw new Error("a request was accepted and is not there")
  return reply
    .code(202)
    .headers({ location: `/v1/requests/${requestId}`, "preference-applied": "respond-async", [REQUEST_ID_HEADER]: requestId })
    .headers(accepted === "known" ? { [REPLAYED_HEADER]: "true" } : {})
    .send(requestObject(outcome.request, outcome.reply))
}
