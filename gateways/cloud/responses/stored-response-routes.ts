import { Schema } from "effect"
import type { Caller } from "../../http/authenticate.ts"
import { choiceParameter, countParameter, queryParameters } from "../../http/query-parameters.ts"
import { type Call, json, type Route } from "../../http/routes.ts"
import { unsupported } from "../conversation/read-fields.ts"
import { type BackgroundResponses, bodyOfPending, type Pending } from "./background-responses.ts"
import { conversationOf, responseNotFound } from "./conversation-before.ts"
import { withIds } from "./input-items.ts"
import type { KeptResponse, ResponseArchive } from "./response-archive.ts"
import { ResponseBody } from "./response-body.ts"
import { ResponseItem } from "./response-items.ts"

const DeletedResponse = Schema.Struct({ id: Schema.String, object: Schema.Literal("response"), deleted: Schema.Literal(true) }).annotate({
  identifier: "DeletedResponse",
})

const ResponseItemList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.mutable(Schema.Array(ResponseItem)),
  has_more: Schema.Boolean,
  /** Empty where there is no item. */
  first_id: Schema.String,
  last_id: Schema.String,
}).annotate({ identifier: "ResponseItemList" })
type ResponseItemList = typeof ResponseItemList.Type

const PATH = "/v1/responses/{response_id}"
const NOT_FOUND = { 404: "There is no such response; it may have been deleted, or is past the retention of its namespace." }
const PAGE = { least: 1, most: 100, fallback: 20 }

export interface StoredDeps {
  readonly archive: ResponseArchive
  readonly inBackground: BackgroundResponses
}

/** Responses that were kept, or are made in the background. Those of another namespace are not there. */
export const storedResponseRoutes = ({ archive, inBackground }: StoredDeps): readonly Route[] => {
  const pendingOf = async ({ caller, param }: Call<Caller>): Promise<Pending> => {
    const pending = await inBackground.find(caller.namespaceId, param("response_id"))
    if (pending === null) throw responseNotFound(param("response_id"))
    return pending
  }
  const keptOf = ({ caller, param }: Call<Caller>): Promise<KeptResponse | null> => archive.find(caller.namespaceId, param("response_id"))
  const found = async (call: Call<Caller>): Promise<KeptResponse> => (await keptOf(call)) ?? keptFor(await pendingOf(call), archive)
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
        return (await found(call)).response
      },
    },
    {
      method: "GET", path: `${PATH}/input_items`, operationId: "listInputItems", access: "inference", requestLimit: "free",
      summary: "What was put into a response.",
      description: "Without the conversation before it, which `previous_response_id` tells.",
      parameters: [
        { in: "query", name: "limit", description: `Items at most; ${PAGE.fallback} without it.`, schema: Schema.Int.check(Schema.isBetween({ minimum: PAGE.least, maximum: PAGE.most })) },
        { in: "query", name: "order", description: "`desc`, the default: the last one first.", schema: Schema.Literals(["asc", "desc"]) },
        { in: "query", name: "after", description: "Begins after the item with this id." },
        { in: "query", name: "include", description: "Accepted; what there is comes in any case." },
      ],
      answers: { 200: json(ResponseItemList, "The items.") },
      problems: NOT_FOUND,
      handle: async (call) => {
        const query = queryParameters(call.request, ["limit", "order", "after", "include"])
        const limit = countParameter(query, "limit", PAGE)
        const order = choiceParameter(query, "order", ["asc", "desc"]) ?? "desc"
        return pageOf(await found(call), { limit, order, after: query.one("after") })
      },
    },
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
        return (await found(call)).response
      },
    },
  ]
}

const keptFor = async (pending: Pending, archive: ResponseArchive): Promise<KeptResponse> => {
  const { request: { accepted }, responseId, order } = pending
  const { items, given } = await conversationOf(archive, accepted.namespaceId, order)
  return { response: bodyOfPending(pending), items: withIds(items, responseId), given }
}

interface Page {
  readonly limit: number
  readonly order: "asc" | "desc"
  readonly after: string | null
}

const pageOf = ({ items, given }: KeptResponse, { limit, order, after }: Page): ResponseItemList => {
  const own = items.slice(items.length - given)
  const all = order === "asc" ? own : own.toReversed()
  const rest = after === null ? all : all.slice(all.findIndex(({ id }) => id === after) + 1)
  const data = rest.slice(0, limit)
  return { object: "list", data, has_more: rest.length > data.length, first_id: data[0]?.id ?? "", last_id: data.at(-1)?.id ?? "" }
}
