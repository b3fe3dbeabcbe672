import { Schema } from "effect"
import type { UsageRow } from "#projections/usage/query.ts"
import { badRequest } from "../../http/api-error.ts"
import { pageToken } from "../../http/query-parameters.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { type AskedBuckets, inBuckets, ORGANIZATION_PARAMETERS, readOrganizationQuery } from "./organization-query.ts"
import { seconds } from "./usage-body.ts"
import type { UsageDeps } from "./usage-route.ts"

const Name = Schema.NullOr(Schema.String)

const pageOf = <Result extends Schema.Top>(result: Result) =>
  Schema.Struct({
    object: Schema.Literal("page"),
    data: Schema.Array(
      Schema.Struct({ object: Schema.Literal("bucket"), start_time: Schema.Int, end_time: Schema.Int, results: Schema.Array(result) }),
    ),
    has_more: Schema.Boolean,
    next_page: Name,
  })

const Completions = pageOf(
  Schema.Struct({
    object: Schema.Literal("organization.usage.completions.result"),
    input_tokens: Schema.Int,
    output_tokens: Schema.Int,
    input_cached_tokens: Schema.Int,
    num_model_requests: Schema.Int,
    project_id: Name, user_id: Name, api_key_id: Name, model: Name,
    batch: Schema.NullOr(Schema.Boolean),
  }),
).annotate({ identifier: "CompletionsUsagePage" })

const Costs = pageOf(
  Schema.Struct({
    object: Schema.Literal("organization.costs.result"),
    /** Credits, worth one US dollar each at list price. */
    amount: Schema.Struct({ value: Schema.Number, currency: Schema.Literal("usd") }),
    line_item: Name, project_id: Name,
  }),
).annotate({ identifier: "CostsPage" })

/** OpenAI's usage API over our namespaces ("projects"), for tools that know it. */
export const organizationRoutes = (deps: UsageDeps): readonly KeyedRoute[] => [
  {
    method: "GET", path: "/v1/organization/usage/completions", operationId: "getCompletionsUsage", access: "manage", requestLimit: "counted",
    summary: "Requests and tokens in the form of OpenAI's usage API; a project is a namespace.",
    parameters: ORGANIZATION_PARAMETERS,
    answers: { 200: json(Completions, "One bucket for each hour or day.") },
    handle: (call) => answer(deps, call, completionsResult),
  },
  {
    method: "GET", path: "/v1/organization/costs", operationId: "getCosts", access: "manage", requestLimit: "counted",
    summary: "Cost in the form of OpenAI's usage API; a project is a namespace.",
    parameters: ORGANIZATION_PARAMETERS,
    answers: { 200: json(Costs, "One bucket for each hour or day.") },
    handle: (call) => answer(deps, call, costsResult),
  },
]

const answer = async ({ usage, visible, now }: UsageDeps, { request, reply, caller }: Parameters<KeyedRoute["handle"]>[0], result: (row: UsageRow) => object) => {
  const asked: AskedBuckets = readOrganizationQuery(request, { visible: await visible(caller), now: now() })
  const page = await usage.page(asked.query)
  if (page.next !== null) throw badRequest({ code: "too_many_results", param: "limit", message: "Too many results for one answer: ask for fewer buckets." })
  const data = inBuckets(asked, page.rows).map(({ startAt, endAt, rows }) => ({
    object: "bucket", start_time: seconds(startAt), end_time: seconds(endAt), results: rows.map(result),
  }))
  const next = asked.next === null ? null : pageToken([String(asked.next)])
  return reply.header("cache-control", "private, no-store").send({ object: "page", data, has_more: next !== null, next_page: next })
}

const completionsResult = ({ by, requests, promptTokens, completionTokens }: UsageRow) => ({
  object: "organization.usage.completions.result",
  input_tokens: promptTokens, output_tokens: completionTokens, input_cached_tokens: 0, num_model_requests: requests,
  project_id: by.namespace ?? null, user_id: null, api_key_id: by.key ?? null, model: by.model ?? null, batch: null,
})

const MICRO = 1_000_000

const costsResult = ({ by, cost }: UsageRow) => ({
  object: "organization.costs.result",
  amount: { value: Number(cost) / MICRO, currency: "usd" },
  line_item: by.model ?? null, project_id: by.namespace ?? null,
})
