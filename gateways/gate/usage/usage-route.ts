import { Schema } from "effect"
import type { UsagePage, UsageQuery } from "#projections/usage/query.ts"
import type { Caller } from "../../http/authenticate.ts"
import { pageToken } from "../../http/query-parameters.ts"
import type { KeyedAccess, KeyedRoute } from "../../http/routes.ts"
import { readUsageQuery, USAGE_PARAMETERS } from "./read-usage-query.ts"
import { usageCsv, UsageList, usageList } from "./usage-body.ts"

export interface UsageDeps {
  readonly usage: { readonly page: (query: UsageQuery) => Promise<UsagePage> }
  /** Namespaces whose usage the caller may see, deleted ones too. */
  readonly visible: (caller: Caller) => Promise<readonly string[]>
  readonly now: () => number
}

const SCOPES = { manage: "of all namespaces of the key's account", inference: "of the key's own namespace" } as const

/** What was asked, how it went and what it cost; with an inference key of its own namespace. */
export const usageRoute = (access: KeyedAccess, { usage, visible, now }: UsageDeps): KeyedRoute => ({
  method: "GET", path: "/v1/usage", operationId: "getUsage", access, requestLimit: "counted",
  summary: `Requests, tokens, durations and cost ${SCOPES[access]}, by time and whatever it is grouped by.`,
  description:
    "Exact: the costs add up to what the ledger settled. `latency_ms` is the part of a request in which the model was not at work; " +
    "percentiles come from histograms and are right to within their buckets.",
  parameters: USAGE_PARAMETERS,
  answers: {
    200: {
      description: "Usage. Buckets without a request are left out.",
      content: { "application/json": UsageList, "text/csv": Schema.String },
      headers: { link: "`rel=\"next\"` where there is more; of CSV alone." },
    },
  },
  handle: async ({ request, reply, caller }) => {
    const { format, query } = readUsageQuery(request, { visible: await visible(caller), now: now() })
    const page = await usage.page(query)
    void reply.header("cache-control", "private, no-store").header("vary", "accept")
    if (format === "json") return reply.send(usageList(page))
    if (page.next !== null) void reply.header("link", nextLink(request.url, pageToken(page.next)))
    return reply.type("text/csv; charset=utf-8").header("content-disposition", 'attachment; filename="usage.csv"').send(usageCsv(page.rows))
  },
})

const nextLink = (url: string, page: string): string => {
  const next = new URL(url, "http://here")
  next.searchParams.set("page", page)
  return `<${next.pathname}${next.search}>; rel="next"`
}
