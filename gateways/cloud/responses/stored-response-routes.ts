import { Schema } from "effect"
import type { Caller } from "../../http/authenticate.ts"
import { choiceParameter, queryParameters } from "../../http/query-parameters.ts"
import { type Call, json, type Route } from "../../http/routes.ts"
import { unsupported } from "../conversation/read-fields.ts"
import { bodyOfPending } from "./background-responses.ts"
import { inputItemsRoute } from "./input-items-route.ts"
import { ResponseBody } from "./response-body.ts"
import { NOT_FOUND, PATH, type StoredDeps, storedLookup } from "./stored-lookup.ts"

const DeletedResponse = Schema.Struct({ id: Schema.String, object: Schema.Literal("response"), deleted: Schema.Literal(true) }).annotate({
  identifier: "DeletedResponse",
})

/** Responses that were kept, or are made in the background. Those of another namespace are not there. */
export const storedResponseRoutes = (deps: StoredDeps): readonly Route[] => {
  const { archive, inBackground } = deps
  const lookup = storedLookup(deps)
  const { keptOf, pendingOf } = lookup
  const responseOf = async (call: Call<Caller>): Promise<ResponseBody> => (await keptOf(call))?.response ?? bodyOfPending(await pendingOf(call))
  return [
    {
      method: "GET", path: PATH, operationId: "getResponse", access: "inference", requestLimit: "free",
      summary: "A response that was kept.",
      parameters: [
        { in: "query", name: "include", description: "Accepted; what there is comes in any case." },
        { in: "query", name: "stream", description: "Only `false`: a response that has ended is not streamed again.", schema: Schema.Literals(["true", "false"]) },
        { in: "query", name: "starting_after", description: "Accepted, of no effect without `stream`." },
        { in: "query", name: "include_obfuscation", description: "Accepted, of no effect without `stream`." },
      ],
      answers: { 200: json(ResponseBody, "The response.") },
      problems: NOT_FOUND,
      handle: async (call) => {
        const query = queryParameters(call.request, ["include", "stream", "starting_after", "include_obfuscation"])
        if (choiceParameter(query, "stream", ["true", "false"]) === "true") throw unsupported("stream", "a response that has ended is not streamed again")
        return responseOf(call)
      },
    },
    inputItemsRoute(deps, lookup),
    {
      method: "DELETE", path: PATH, operationId: "deleteResponse", access: "inference", requestLimit: "free",
      summary: "Deletes a response that was kept, with its prompt and its answer.",
      description: "Responses that went on from it keep their own copy of the conversation.",
      answers: { 200: json(DeletedResponse, "It is gone.") },
      problems: NOT_FOUND,
      handle: async (call) => {
        const kept = await keptOf(call)
        const pending = kept === null ? await pendingOf(call) : null
        if (pending !== null) await inBackground.cancel(pending)
        const id = call.param("response_id")
        await archive.forget(call.caller.namespaceId, id)
        return { id, object: "response", deleted: true } satisfies typeof DeletedResponse.Type
      },
    },
    {
      method: "POST", path: `${PATH}/cancel`, operationId: "cancelResponse", access: "inference", requestLimit: "free",
      summary: "Ends a response that is made in the background.",
      description: "What was generated until then is charged as for a client that hangs up. One that has ended stays as it is.",
      answers: { 200: json(ResponseBody, "The response.") },
      problems: NOT_FOUND,
      handle: async (call) => {
        const kept = await keptOf(call)
        if (kept !== null && !kept.response.background) throw unsupported("response_id", "only a response in the background can be cancelled")
        if (kept !== null) return kept.response
        await inBackground.cancel(await pendingOf(call))
        return responseOf(call)
      },
    },
  ]
}
