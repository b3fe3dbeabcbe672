import type { FastifyRequest } from "fastify"
import { type Bucket, BUCKETS_MS, type Dimension, type UsageQuery, type UsageRow } from "#projections/usage/query.ts"
import { badRequest } from "../../http/api-error.ts"
import { choiceParameter, countParameter, invalidParameter, pageParameter, queryParameters, type QueryParameters, timeParameter } from "../../http/query-parameters.ts"
import type { Parameter } from "../../http/routes.ts"
import { filterOf, namespacesOf } from "./read-usage-query.ts"

/** What OpenAI calls our dimensions. */
const NAMES = { project_id: "namespace", api_key_id: "key", model: "model" } as const satisfies Readonly<Record<string, Dimension>>
type Name = keyof typeof NAMES

const WIDTHS = { "1h": "hour", "1d": "day" } as const
type Width = keyof typeof WIDTHS

/** Buckets in one answer, as OpenAI has them. */
const LIMITS = { "1h": { most: 168, fallback: 24 }, "1d": { most: 180, fallback: 7 } } as const
/** Of all buckets of an answer together. */
const MAX_RESULTS = 10_000

export const ORGANIZATION_PARAMETERS: readonly Parameter[] = [
  { in: "query", name: "start_time", description: "Seconds since 1970.", required: true },
  { in: "query", name: "end_time", description: "Seconds since 1970; now without it." },
  { in: "query", name: "bucket_width", description: "`1h` or `1d` (the default)." },
  { in: "query", name: "group_by", description: "Of `project_id` (a namespace), `api_key_id` and `model`." },
  { in: "query", name: "project_ids", description: "Only these namespaces." },
  { in: "query", name: "api_key_ids", description: "Only these keys." },
  { in: "query", name: "models", description: "Only these models." },
  { in: "query", name: "limit", description: "Buckets in one answer." },
  { in: "query", name: "page", description: "`next_page` of the answer before." },
]

export interface AskedBuckets {
  readonly starts: readonly number[]
  readonly widthMs: number
  readonly query: UsageQuery
  /** Where the next answer begins; null: that was all. */
  readonly next: number | null
}

/** Reads the query of OpenAI's usage endpoints. */
export const readOrganizationQuery = (request: FastifyRequest, { visible, now }: { readonly visible: readonly string[]; readonly now: number }): AskedBuckets => {
  const parameters = queryParameters(request, ORGANIZATION_PARAMETERS.map(({ name }) => name))
  const start = timeParameter(parameters, "start_time")
  if (start === null) throw badRequest({ code: "missing_required_parameter", param: "start_time", message: "Missing required parameter: 'start_time'." })
  const until = timeParameter(parameters, "end_time") ?? now
  if (start >= until) throw invalidParameter("start_time", "a time before 'end_time'")
  const width = choiceParameter(parameters, "bucket_width", ["1h", "1d"]) ?? "1d"
  const bucket: Exclude<Bucket, "total"> = WIDTHS[width]
  const widthMs = BUCKETS_MS[bucket]
  const [page] = pageParameter(parameters, "page", 1) ?? []
  const first = Math.floor((page === undefined ? start : pageStart(page)) / widthMs) * widthMs
  const starts = startsOf({ first, until, widthMs, limit: limitOf(parameters, width) })
  const end = Math.min(until, (starts.at(-1) ?? first) + widthMs)
  const groupBy = groupsOf(parameters)
  const only = { namespace: namespacesOf(parameters, "project_ids", visible), ...keysAndModels(parameters) }
  const query: UsageQuery = { only, from: Math.max(start, first), until: end, bucket, groupBy, order: "oldest first", limit: MAX_RESULTS, after: null }
  return { starts, widthMs, query, next: end < until ? end : null }
}

const pageStart = (page: string): number => {
  const start = Number(page)
  if (!Number.isSafeInteger(start) || start < 0) throw invalidParameter("page", "the token of an earlier answer to the same query")
  return start
}

const limitOf = (parameters: QueryParameters, width: Width): number => countParameter(parameters, "limit", { least: 1, ...LIMITS[width] })

const startsOf = ({ first, until, widthMs, limit }: { readonly first: number; readonly until: number; readonly widthMs: number; readonly limit: number }): readonly number[] =>
  Array.from({ length: Math.max(0, Math.min(limit, Math.ceil((until - first) / widthMs))) }, (_, index) => first + index * widthMs)

const groupsOf = (parameters: QueryParameters): readonly Dimension[] =>
  (parameters.list("group_by") ?? []).map((name) => {
    if (!isName(name)) throw invalidParameter("group_by", `of ${Object.keys(NAMES).join(", ")}`)
    return NAMES[name]
  })

const isName = (name: string): name is Name => Object.hasOwn(NAMES, name)

const keysAndModels = (parameters: QueryParameters): UsageQuery["only"] => {
  const [key, model] = [filterOf(parameters, "api_key_ids"), filterOf(parameters, "models")]
  return { ...(key !== null && { key }), ...(model !== null && { model }) }
}

/** What fell in each bucket, empty ones too. */
export const inBuckets = ({ starts, widthMs }: AskedBuckets, rows: readonly UsageRow[]) => {
  const byStart = Map.groupBy(rows, ({ startAt }) => startAt)
  return starts.map((startAt) => ({ startAt, endAt: startAt + widthMs, rows: byStart.get(startAt) ?? [] }))
}
