import { Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { countParameter, type QueryParameters, queryParameters } from "../http/query-parameters.ts"
import type { Parameter } from "../http/routes.ts"

const LIMIT = { least: 1, most: 100, fallback: 20 }
const NAMES = ["limit", "after"]

export const PAGE_PARAMETERS: readonly Parameter[] = [
  { in: "query", name: "limit", description: `At most so many, ${LIMIT.least} to ${LIMIT.most}; ${LIMIT.fallback} without it.` },
  { in: "query", name: "after", description: "Go on behind a page: its `last_id`." },
]

export interface AskedPage {
  readonly limit: number
  readonly after: string | null
  readonly parameters: QueryParameters
}

export const readPage = (request: FastifyRequest, more: readonly string[] = []): AskedPage => {
  const parameters = queryParameters(request, [...NAMES, ...more])
  return { limit: countParameter(parameters, "limit", LIMIT), after: parameters.one("after"), parameters }
}

/** A list in the form that OpenAI's clients page through. */
export const pageOf = <Item extends Schema.Top>(item: Item, identifier: string) =>
  Schema.Struct({
    object: Schema.Literal("list"),
    data: Schema.Array(item),
    first_id: Schema.NullOr(Schema.String),
    last_id: Schema.NullOr(Schema.String),
    has_more: Schema.Boolean,
  }).annotate({ identifier })

/** `rows` are one more than were asked for where there is more. */
export const page = <Item extends { readonly id: string }>(rows: readonly Item[], limit: number) => {
  const data = rows.slice(0, limit)
  return { object: "list" as const, data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: rows.length > limit }
}
