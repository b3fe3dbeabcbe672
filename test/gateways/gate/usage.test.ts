import { describe, expect, it } from "vitest"
import { pageToken } from "#gateways/http/query-parameters.ts"
import { organizationRoutes } from "#gateways/gate/usage/organization-routes.ts"
import { usageRoute } from "#gateways/gate/usage/usage-route.ts"
import type { UsagePage, UsageQuery, UsageRow } from "#projections/usage/query.ts"
import { fakeServer, FOREIGN, OWN, SECOND } from "./fake-account.ts"

const NOW = Date.UTC(2026, 10, 25, 12)
const DAY_MS = 86_400_000

const row = (change: Partial<UsageRow>): UsageRow => ({
  startAt: NOW - DAY_MS, endAt: NOW, by: {}, requests: 3, succeeded: 2, failed: 1, cancelled: 0, promptTokens: 30, completionTokens: 7, cost: 1_500_000n,
  duration: { count: 3, averageMs: 10, p50Ms: 9, p95Ms: 20 }, latency: { count: 0, averageMs: null, p50Ms: null, p95Ms: null }, ...change,
})

/** A server whose read model is asked for what is collected in `asked`. */
const serve = (page: UsagePage = { rows: [row({})], next: null }) => {
  const asked: UsageQuery[] = []
  const deps = {
    usage: { page: async (query: UsageQuery) => (asked.push(query), page) },
    visible: async () => [OWN, SECOND],
    now: () => NOW,
  }
  const server = fakeServer([usageRoute("manage", deps), ...organizationRoutes(deps)])
  const get = async (url: string, headers: Record<string, string> = {}) => server.app.inject({ method: "GET", url, headers })
  return { ...server, asked, get }
}

describe("GET /v1/usage", () => {
  it("without a word is the last week of all that the caller may see, by day", async () => {
    const { get, asked } = serve()
    const response = await get("/v1/usage")
    expect(asked).toEqual([{
      only: { namespace: [OWN, SECOND] }, from: NOW - 7 * DAY_MS, until: NOW, bucket: "day", groupBy: [], order: "oldest first", limit: 100, after: null,
    }])
    expect(response.json()).toMatchObject({
      object: "list", has_more: false, next_page: null,
      data: [{ namespace: null, requests: 3, failed: 1, cost_microcredits: "1500000", duration_ms: { average: 10, p50: 9, p95: 20 }, latency_ms: { p50: null } }],
    })
    expect(response.headers["cache-control"]).toContain("no-store")
  })

  it("takes range, bucket, groups and filters", async () => {
    const { get, asked } = serve()
    const query = `start=2026-11-01&end=${NOW / 1_000}&bucket=hour&group_by=model,key&model=a,b&key=k1&namespace=${SECOND}&order=desc&limit=5`
    expect((await get(`/v1/usage?${query}`)).statusCode).toBe(200)
    expect(asked).toEqual([{
      only: { namespace: [SECOND], model: ["a", "b"], key: ["k1"] }, from: Date.UTC(2026, 10, 1), until: NOW, bucket: "hour", groupBy: ["key", "model"],
      order: "newest first", limit: 5, after: null,
    }])
  })

  it("goes on where the page before ended", async () => {
    const next = ["1000", "m"]
    const { get, asked } = serve({ rows: [row({ by: { model: "m" } })], next })
    const first = await get("/v1/usage?group_by=model")
    expect(first.json()).toMatchObject({ has_more: true })
    await get(`/v1/usage?group_by=model&page=${first.json<{ readonly next_page: string }>().next_page}`)
    expect(asked[1]?.after).toEqual(next)
  })

  it.each([
    ["start", "start=yesterday"], ["start", `start=${NOW}&end=1`], ["bucket", "bucket=week"], ["group_by", "group_by=model,user"], ["limit", "limit=0"],
    ["limit", "limit=1001"], ["page", "page=%%%"], ["page", "page=W10"], ["page", `page=${pageToken(["abc"])}`], ["page", `page=${pageToken(["9".repeat(23)])}`], ["page", `group_by=model&page=${pageToken(["0", "a\u0000"])}`], ["format", "format=xml"], ["namespace", `namespace=${FOREIGN}`],
    ["namespace", `namespace=${OWN},${FOREIGN}`], ["colour", "colour=red"], ["bucket", "bucket=day&bucket=hour"],
  ])("refuses %s in ?%s by name", async (param, query) => {
    const { get, asked } = serve()
    const response = await get(`/v1/usage?${query}`)
    expect([response.statusCode, response.json<{ readonly error: { readonly param: string } }>().error.param]).toEqual([400, param])
    expect(asked).toEqual([])
  })

  it("is CSV for whoever accepts it, with texts that no spreadsheet runs", async () => {
    const names = ['=HYPERLINK("http://x")', "+1", "-1", "@a", 'say "hi", you\r\n', "plain"]
    const { get } = serve({ rows: names.map((model) => row({ by: { model } })), next: null })
    for (const response of [await get("/v1/usage?group_by=model&format=csv"), await get("/v1/usage?group_by=model", { accept: "text/html, text/csv;q=0.9" })]) {
      expect(response.headers["content-type"]).toBe("text/csv; charset=utf-8")
      const [header, ...rest] = response.body.split(/\r\n(?=start|2026|$)/)
      expect(header).toMatch(/^start,end,namespace,key,model,endpoint,mode,requests,/)
      expect(rest.map((line) => line.split(",,")[1]?.replace(/,(,|3).*/s, ""))).toEqual([
        `,"'=HYPERLINK(""http://x"")"`, ",'+1", ",'-1", ",'@a", `,"say ""hi"", you\r\n"`, ",plain", undefined,
      ])
    }
  })

  it("says in CSV where the next page is", async () => {
    const { get } = serve({ rows: [row({})], next: ["1000"] })
    expect((await get("/v1/usage?format=csv")).headers["link"]).toMatch(/^<\/v1\/usage\?format=csv&page=\w+>; rel="next"$/)
  })
})

describe("OpenAI's usage API", () => {
  const START = Date.UTC(2026, 10, 20) / 1_000

  it("has a bucket for every day, also for those without a request", async () => {
    const { get, asked } = serve({ rows: [row({ startAt: Date.UTC(2026, 10, 21), by: { namespace: OWN } })], next: null })
    const response = await get(`/v1/organization/usage/completions?start_time=${START}&limit=3&group_by[]=project_id`)
    const body = response.json<{ readonly data: readonly { readonly results: readonly object[] }[]; readonly next_page: string }>()
    expect(body).toMatchObject({ object: "page", has_more: true })
    expect(body.data.map(({ results }) => results.length)).toEqual([0, 1, 0])
    expect(body.data[1]?.results[0]).toMatchObject({ object: "organization.usage.completions.result", input_tokens: 30, output_tokens: 7, num_model_requests: 3, project_id: OWN })
    expect(asked[0]).toMatchObject({ from: START * 1_000, until: START * 1_000 + 3 * DAY_MS, bucket: "day", groupBy: ["namespace"] })
    const next = await get(`/v1/organization/usage/completions?start_time=${START}&limit=3&page=${body.next_page}`)
    expect(next.json()).toMatchObject({ has_more: false, next_page: null })
    expect(asked[1]).toMatchObject({ from: START * 1_000 + 3 * DAY_MS, until: NOW })
  })

  it("gives costs in dollars", async () => {
    const { get } = serve({ rows: [row({ startAt: START * 1_000 })], next: null })
    const response = await get(`/v1/organization/costs?start_time=${START}&limit=1`)
    expect(response.json()).toMatchObject({ data: [{ object: "bucket", results: [{ object: "organization.costs.result", amount: { value: 1.5, currency: "usd" } }] }] })
  })

  it.each([["start_time", ""], ["start_time", `?start_time=${NOW}`], ["project_ids", `?start_time=1&project_ids=${FOREIGN}`], ["group_by", "?start_time=1&group_by=user_id"]])(
    "refuses %s in %s by name",
    async (param, query) => {
      const { get } = serve()
      const response = await get(`/v1/organization/costs${query}`)
      expect([response.statusCode, response.json<{ readonly error: { readonly param: string } }>().error.param]).toEqual([400, param])
    },
  )
})
