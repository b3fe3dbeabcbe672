import { Schema } from "effect"
import { choiceParameter, countParameter, queryParameters } from "../../http/query-parameters.ts"
import { json, type Route } from "../../http/routes.ts"
import type { Pending } from "./background-responses.ts"
import { conversationOf } from "./conversation-before.ts"
import { withIds } from "./input-items.ts"
import type { KeptResponse, ResponseArchive } from "./response-archive.ts"
import { ResponseItem } from "./response-items.ts"
import { NOT_FOUND, PATH, type StoredDeps, type StoredLookup } from "./stored-lookup.ts"

const ResponseItemList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.mutable(Schema.Array(ResponseItem)),
  has_more: Schema.Boolean,
  /** Empty where there is no item. */
  first_id: Schema.String,
  last_id: Schema.String,
}).annotate({ identifier: "ResponseItemList" })
type ResponseItemList = typeof ResponseItemList.Type

const PAGE = { least: 1, most: 100, fallback: 20 }
const limitSchema = Schema.Int.check(Schema.isBetween({ minimum: PAGE.least, maximum: PAGE.most }))

export const inputItemsRoute = ({ archive }: StoredDeps, { keptOf, pendingOf }: StoredLookup): Route => ({
  method: "GET", path: `${PATH}/input_items`, operationId: "listInputItems", access: "inference", requestLimit: "free",
  summary: "What was put into a response.",
  description: "Without the conversation before it, which `previous_response_id` tells.",
  parameters: [
    { in: "query", name: "limit", description: `Items at most; ${PAGE.fallback} without it.`, schema: limitSchema },
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
    const items = (await keptOf(call)) ?? (await itemsOfPending(await pendingOf(call), archive))
    return pageOf(items, { limit, order, after: query.one("after") })
  },
})

const itemsOfPending = async ({ request: { accepted }, responseId, order }: Pending, archive: ResponseArchive): Promise<Items> => {
  const { items, given } = await conversationOf(archive, accepted.namespaceId, order)
  return { items: withIds(items, responseId), given }
}

type Items = Pick<KeptResponse, "items" | "given">

interface Page {
  readonly limit: number
  readonly order: "asc" | "desc"
  readonly after: string | null
}

const pageOf = ({ items, given }: Items, { limit, order, after }: Page): ResponseItemList => {
  const own = items.slice(items.length - given)
  const all = order === "asc" ? own : own.toReversed()
  const rest = after === null ? all : all.slice(all.findIndex(({ id }) => id === after) + 1)
  const data = rest.slice(0, limit)
  return { object: "list", data, has_more: rest.length > data.length, first_id: data[0]?.id ?? "", last_id: data.at(-1)?.id ?? "" }
}
