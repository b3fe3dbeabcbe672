import { Effect, Schema } from "effect"
import type { BusShape } from "#commands/ports/bus.ts"
import { RequestId } from "#domain/kernel/ids.ts"
import { requestSubject } from "#domain/protocol/request-messages.ts"
import type { KnownRequest } from "#domain/request/index.ts"
import type { Caller } from "../../http/authenticate.ts"
import { json, type Route } from "../../http/routes.ts"
import type { RequestDirectory } from "../../ports/request-directory.ts"
import { lastEvent } from "../idempotency/wish.ts"
import { listRequestsRoute } from "./list-requests-route.ts"
import { playReply } from "./play-reply.ts"
import { ReplySource, type SourceDeps } from "./reply-source.ts"
import { requestObject, RequestObject, statusOf } from "./request-object.ts"
import { requestOver, unknownRequest } from "./request-problems.ts"

export interface RequestsRoutesDeps extends SourceDeps {
  readonly directory: RequestDirectory
  readonly bus: BusShape
}

const isRequestId = Schema.is(RequestId)

/** Requests whose answers are fetched, and those that can be repeated: looked at, read again, cancelled. Of the key's own namespace only. */
export const requestsRoutes = (deps: RequestsRoutesDeps): readonly Route[] => {
  const problems = { 404: "There is no such request." }
  const show = async (caller: Caller, id: string) => {
    const request = await find(deps, caller, id)
    return requestObject(request, await replyOf(deps, request))
  }
  return [
    listRequestsRoute(deps.directory),
    {
      access: "inference", requestLimit: "free", method: "GET", path: "/v1/requests/{id}", operationId: "retrieveRequest",
      summary: "One request, with its answer once it is there.",
      answers: { 200: json(RequestObject, "The request.") }, problems,
      handle: ({ caller, param }) => show(caller, param("id")),
    },
    {
      access: "inference", requestLimit: "counted", method: "GET", path: "/v1/requests/{id}/stream", operationId: "resumeRequestStream",
      summary: "The answer as it comes: of a stream the events that follow `Last-Event-ID`.",
      description: "Any number of clients may read at the same time, at any gateway. Nothing is charged for it, but it counts as a request.",
      parameters: [{ in: "header", name: "Last-Event-ID", description: "The last event that the client has; without it the stream begins at its first." }],
      answers: { 200: { description: "The stream, or the answer.", content: { "text/event-stream": Schema.Unknown, "application/json": Schema.Unknown } } },
      problems: { ...problems, 409: "The stream is lost, or the request was cancelled.", 410: "The answer is not kept any more." },
      handle: async ({ request, reply, caller, param }) => {
        const last = lastEvent(request.headers)
        const { accepted } = await find(deps, caller, param("id"))
        const source = new ReplySource(accepted, deps)
        reply.raw.once("close", () => source.leave())
        for (;;) {
          if (await playReply({ requestId: accepted.requestId, reply, source, last, isReplayed: true })) return reply
          if (reply.raw.destroyed) return reply
          await source.rest()
        }
      },
    },
    ...(["DELETE", "POST"] as const).map((method): Route => ({
      access: "inference", requestLimit: "free", method, path: method === "POST" ? "/v1/requests/{id}/cancel" : "/v1/requests/{id}",
      operationId: method === "POST" ? "cancelRequest" : "deleteRequest",
      summary: "Ends a request that has no answer yet.",
      description: "What was generated until then is charged as for a client that hangs up.",
      answers: { 200: json(RequestObject, "The request, cancelled.") },
      problems: { ...problems, 409: "It has ended already." },
      handle: async ({ caller, param }) => {
        await cancelKnown(deps, await find(deps, caller, param("id")))
        return show(caller, param("id"))
      },
    })),
  ]
}

/** Throws the 404, for another namespace's request too. */
const find = async ({ requests }: SourceDeps, { namespaceId }: Caller, id: string): Promise<KnownRequest> => {
  if (!isRequestId(id)) throw unknownRequest(id.slice(0, 64).toWellFormed())
  const request = await requests.load(id)
  if (request.stage === "absent" || request.accepted.namespaceId !== namespaceId) throw unknownRequest(id)
  return request
}

const replyOf = async ({ requests }: SourceDeps, request: KnownRequest) =>
  request.stage === "finished" ? requests.reply({ ...request.accepted, generation: request.generation }) : null

/** Throws the 409 when it has ended otherwise. */
export const cancelKnown = async ({ requests, runs, bus }: SourceDeps, request: KnownRequest): Promise<void> => {
  const { requestId } = request.accepted
  if (request.stage === "cancelled") return
  if (!(await requests.cancel({ requestId, reason: "cancelled_by_client" }))) throw requestOver(statusOf(request))
  const run = runs.find(requestId)
  if (run !== null) return run.cancel()
  if (request.stage !== "running") return
  // Where this does not arrive, the answer is refused when it is there, and costs nothing.
  await Effect.runPromise(Effect.ignore(bus.request(requestSubject(requestId), { cancel: true }, CANCEL_MS)))
}

const CANCEL_MS = 1_000
