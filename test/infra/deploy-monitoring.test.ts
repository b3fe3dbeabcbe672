import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { prometheusText } from "#gateways/admin/prometheus.ts"
import { compose, DEPLOY, deployed, deployText } from "../support/deploy-files.ts"
import type { Alerts, Dashboard } from "../support/deploy-objects.ts"

/** What processes tell of themselves beside their counters. */
const MEASURED = [
  "resultity_http_request_duration_seconds", "resultity_job_first_token_seconds", "resultity_job_duration_seconds",
  "resultity_jobs_waiting", "resultity_holds_open", "resultity_projection_lag_events", "resultity_nodes",
]
const MADE_BY_PROMETHEUS = ["up"]

const SOURCES = ["commands", "gateways", "infra", "projections"]
  .map((folder) => join(DEPLOY, "../..", folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts")).map((path) => join(folder, path)))
  .map((path) => readFileSync(path, "utf8"))
  .join("\n")

/** The name under which `/metrics` shows a counter. */
const shown = (name: string): string => /^# TYPE (\S+) /.exec(prometheusText([{ name, reason: null, value: 1 }]))?.[1] ?? ""

const known = (): ReadonlySet<string> => {
  const counters = [...SOURCES.matchAll(/increment\([^"`;]*?"(\w+_total)"/g)].map((match) => match[1] ?? "")
  const servers = [...SOURCES.matchAll(/httpServer\(\{\s*name: "(\w+)"/g)].flatMap(([, name]) => [`${name}_rejected_total`, `${name}_failed_total`])
  return new Set([...MADE_BY_PROMETHEUS, ...MEASURED, ...[...counters, ...servers].map(shown)])
}

const WORDS = new Set(["by", "without", "on", "ignoring", "or", "and", "unless", "bool", "offset", "group_left", "group_right"])

/** The metrics that a query of PromQL asks for, the parts of a histogram as the histogram. */
const metricsOf = (query: string): readonly string[] => {
  const bare = query.replaceAll(/"[^"]*"/g, "").replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ").replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, " ")
  return [...bare.matchAll(/\b[a-z_][\w:]*\b(?!\s*\()/g)].map(([word]) => word).filter((word) => !WORDS.has(word))
    .map((word) => word.replace(/_(bucket|sum|count)$/, ""))
}

const { panels }: Dashboard = JSON.parse(deployText("grafana/resultity.json"))
const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })))
const rules = deployed<Alerts>("prometheus/alerts.yml").groups.flatMap((group) => group.rules)

describe("the dashboard", () => {
  it("asks only for metrics that exist", () => {
    const names = known()
    expect(queries.length).toBeGreaterThan(30)
    expect(queries.flatMap(({ title, expr }) => metricsOf(expr).filter((name) => !names.has(name)).map((name) => `${title}: ${name}`))).toEqual([])
  })

  it("shows each measurement that processes tell", () => {
    expect(MEASURED.filter((name) => !SOURCES.includes(name))).toEqual([])
    const asked = new Set(queries.flatMap(({ expr }) => metricsOf(expr)))
    expect(MEASURED.filter((name) => !asked.has(name))).toEqual([])
  })

  it("sums counters up as rates, because processes start again", () => {
    const bare = queries.filter(({ expr }) => /_(total|bucket|sum|count)\b/.test(expr) && !/(rate|increase)\(/.test(expr))
    expect(bare).toEqual([])
  })

  it("has panels with a title of their own place, none over another", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`))
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24)
    expect(panels.every(({ title }) => title !== "")).toBe(true)
  })

  it("is where Grafana is told to look, with the data source that it names", () => {
    const { providers } = deployed<{ readonly providers: readonly { readonly options: { readonly path: string } }[] }>("grafana/provider.yml")
    const mounted = compose.services["grafana"]?.configs?.map(({ target }) => target)
    for (const { options } of providers) expect(mounted).toContain(`${options.path}/resultity.json`)
    const { datasources } = deployed<{ readonly datasources: readonly { readonly uid: string }[] }>("grafana/datasource.yml")
    const asked = new Set(panels.flatMap(({ targets }) => targets).map(({ datasource }) => datasource.uid))
    expect([...asked]).toEqual(datasources.map(({ uid }) => uid))
  })
})

describe("the alerts", () => {
  it("ask only for metrics that exist", () => {
    const names = known()
    expect(rules.flatMap(({ alert, expr }) => metricsOf(expr).filter((name) => !names.has(name)).map((name) => `${alert}: ${name}`))).toEqual([])
  })

  it("say how urgent they are, what is wrong and what to do", () => {
    for (const { labels, annotations } of rules) {
      expect(["page", "ticket"]).toContain(labels.severity)
      expect(annotations).toEqual({ summary: expect.any(String), what_to_do: expect.any(String) })
    }
  })
})

it("a metric that nobody tells is found", () => {
  expect(metricsOf('sum by (le) (rate(made_up_bucket{role="cloud"}[5m])) / other_total > 3 or up == 0')).toEqual(["made_up", "other_total", "up"])
  expect(known().has(shown("made_up_total"))).toBe(false)
})
