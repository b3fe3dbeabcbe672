import type { FastifyRequest } from "fastify"
import { type Bucket, DIMENSIONS, type Dimension, type UsagePlace, type UsageQuery } from "#projections/usage/query.ts"
import { badRequest } from "../../http/api-error.ts"
import {
  choiceParameter, countParameter, invalidParameter, pageParameter, queryParameters, type QueryParameters, timeParameter,
} from "../../http/query-parameters.ts"
import type { Parameter } from "../../http/routes.ts"

const DAY_MS = 86_400_000
/** Of a query that names no start. */
const DEFAULT_RANGE_MS = 7 * DAY_MS
const MAX_ROWS = 1_000
const DEFAULT_ROWS = 100
/** A table for a spreadsheet comes in one piece where that is possible. */
const MAX_CSV_ROWS = 10_000
const MAX_FILTER_VALUES = 100
const BUCKETS: readonly Bucket[] = ["5m", "hour", "day", "total"]
const FORMATS = ["json", "csv"] as const

export const USAGE_PARAMETERS: readonly Parameter[] = [
  { in: "query", name: "start", description: "Requests that ended from then on: seconds since 1970 or RFC 3339. A week before `end` without it." },
  { in: "query", name: "end", description: "... and before then. Now without it." },
  { in: "query", name: "bucket", description: "`5m`, `hour`, `day` (UTC; the default) or `total`." },
  { in: "query", name: "group_by", description: "Of `namespace`, `key`, `model`, `endpoint` and `mode`, separated by commas." },
  ...DIMENSIONS.map((name): Parameter => ({ in: "query", name, description: "Only these, separated by commas." })),
  { in: "query", name: "order", description: "`asc` (oldest first, the default) or `desc`." },
  { in: "query", name: "limit", description: `Rows in one answer: at most ${MAX_ROWS}, ${DEFAULT_ROWS} without it; of CSV at most ${MAX_CSV_ROWS}, which is its default.` },
  { in: "query", name: "page", description: "`next_page` of the answer before." },
  { in: "query", name: "format", description: "`json` or `csv`; `Accept: text/csv` says the same." },
]

export interface AskedUsage {
  readonly format: (typeof FORMATS)[number]
  readonly query: UsageQuery
}

/** `visible`: the namespaces that the caller may see; others are as unknown as those that do not exist. */
export const readUsageQuery = (request: FastifyRequest, { visible, now }: { readonly visible: readonly string[]; readonly now: number }): AskedUsage => {
  const parameters = queryParameters(request, USAGE_PARAMETERS.map(({ name }) => name))
  const format = choiceParameter(parameters, "format", FORMATS) ?? (acceptsCsv(request) ? "csv" : "json")
  const { from, until } = rangeOf(parameters, { start: "start", end: "end", now })
  const groupBy = dimensionsOf(parameters)
  const most = format === "csv" ? MAX_CSV_ROWS : MAX_ROWS
  const query: UsageQuery = {
    only: { ...filtersOf(parameters), namespace: namespacesOf(parameters, "namespace", visible) },
    from, until, groupBy,
    bucket: choiceParameter(parameters, "bucket", BUCKETS) ?? "day",
    order: choiceParameter(parameters, "order", ["asc", "desc"]) === "desc" ? "newest first" : "oldest first",
    limit: countParameter(parameters, "limit", { least: 1, most, fallback: format === "csv" ? MAX_CSV_ROWS : DEFAULT_ROWS }),
    after: placeOf(parameters, groupBy.length + 1),
  }
  return { format, query }
}

/** Begins with the start of a bucket: milliseconds since 1970. */
const placeOf = (parameters: QueryParameters, length: number): UsagePlace | null => {
  const place = pageParameter(parameters, "page", length)
  if (place !== null && !/^-?\d{1,15}$/.test(place[0] ?? "")) throw invalidParameter("page", "the token of an earlier answer to the same query")
  return place
}

const acceptsCsv = ({ headers: { accept = "" } }: FastifyRequest): boolean =>
  accept.split(",").some((type) => type.trim().split(";", 1)[0] === "text/csv")

export const rangeOf = (
  parameters: QueryParameters,
  { start, end, now }: { readonly start: string; readonly end: string; readonly now: number },
): { readonly from: number; readonly until: number } => {
  const until = timeParameter(parameters, end) ?? now
  const from = timeParameter(parameters, start) ?? until - DEFAULT_RANGE_MS
  if (from >= until) throw invalidParameter(start, `a time before '${end}'`)
  return { from, until }
}

const dimensionsOf = (parameters: QueryParameters): readonly Dimension[] => {
  const names = new Set(parameters.list("group_by") ?? [])
  for (const name of names) if (!DIMENSIONS.some((known) => known === name)) throw invalidParameter("group_by", `of ${DIMENSIONS.join(", ")}`)
  return DIMENSIONS.filter((dimension) => names.has(dimension))
}

const filtersOf = (parameters: QueryParameters): UsageQuery["only"] =>
  Object.fromEntries(DIMENSIONS.flatMap((dimension) => {
    const values = filterOf(parameters, dimension)
    return values === null ? [] : [[dimension, values]]
  }))

export const filterOf = (parameters: QueryParameters, name: string): readonly string[] | null => {
  const values = parameters.list(name)
  if (values !== null && values.length > MAX_FILTER_VALUES) throw invalidParameter(name, `at most ${MAX_FILTER_VALUES} values`)
  return values
}

export const namespacesOf = (parameters: QueryParameters, name: string, visible: readonly string[]): readonly string[] => {
  const wanted = filterOf(parameters, name)
  if (wanted === null) return visible
  if (!wanted.every((id) => visible.includes(id))) {
    throw badRequest({ code: "namespace_not_found", param: name, message: "A namespace of this name does not exist, or this key may not see it." })
  }
  return wanted
}
