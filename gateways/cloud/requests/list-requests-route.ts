import { Schema } from "effect"
import { RequestId } from "#domain/kernel/ids.ts"
import { badRequest } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import { json, type Parameter, type Route } from "../../http/routes.ts"
import type { RequestDirectory, RequestPage } from "../../ports/request-directory.ts"
import { RequestObject, RequestStatus } from "./request-object.ts"

const RequestList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.Array(RequestObject),
  first_id: Schema.NullOr(Schema.String),
  last_id: Schema.NullOr(Schema.String),
  has_more: Schema.Boolean,
}).annotate({ identifier: "RequestList" })

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

const isRequestId = Schema.is(RequestId)
const isStatus = Schema.is(RequestStatus)

const LIST_PARAMETERS: readonly Parameter[] = [
  { in: "query", name: "limit", description: `How many, 1 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} otherwise.`, schema: Schema.Int },
  { in: "query", name: "after", description: "The id of the last request of the page before." },
  { in: "query", name: "status", description: "Only those with this status.", schema: RequestStatus },
]

export const listRequestsRoute = (directory: RequestDirectory): Route => ({
  access: "inference", requestLimit: "free", method: "GET", path: "/v1/requests", operationId: "listRequests",
  summary: "Requests whose answers are kept, newest first.",
  description: "Without their answers: `response` is null.",
  parameters: LIST_PARAMETERS,
  answers: { 200: json(RequestList, "A page of the list.") },
  handle: ({ request, caller }) => list(directory, caller, request.query),
})

const list = async (directory: RequestDirectory, { namespaceId }: Caller, query: unknown): Promise<typeof RequestList.Type> => {
  const page = readPage(query)
  const found = await directory.list({ namespaceId, ...page, limit: page.limit + 1 })
  const data = found.slice(0, page.limit)
  return { object: "list", data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: found.length > page.limit }
}

const readPage = (query: unknown): RequestPage => {
  const given = new Map(Object.entries(typeof query === "object" && query !== null ? query : {}))
  const limit = given.has("limit") ? Number(given.get("limit")) : DEFAULT_LIMIT
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw invalid("limit", `a whole number from 1 to ${MAX_LIMIT}`)
  const after: unknown = given.get("after") ?? null
  if (after !== null && !isRequestId(after)) throw invalid("after", "the id of a request")
  const status: unknown = given.get("status") ?? null
  if (status !== null && !isStatus(status)) throw invalid("status", "a status of a request")
  return { limit, after, status }
}

const invalid = (param: string, expected: string) =>
  badRequest({ code: "invalid_value", param, message: `Invalid value for '${param}': expected ${expected}.` })
