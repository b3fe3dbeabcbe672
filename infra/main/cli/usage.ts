import { type Command, Option } from "commander"
import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { usageCsv } from "#gateways/gate/usage/usage-body.ts"
import { type Bucket, type Dimension, DIMENSIONS, usageQueries, type UsageRow } from "#projections/usage/query.ts"
import { renderBars } from "../output/bars.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount, parseDimensions, parseKeyId, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface UsageOptions extends CommonOptions {
  readonly namespace?: NamespaceId
  readonly key?: KeyId
  readonly model?: string
  readonly days: number
  readonly bucket: Bucket
  readonly by: readonly Dimension[]
  readonly csv?: true
  readonly plot?: true
}

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
/** Rows read at once. */
const PAGE = 1_000

export const registerUsage = (program: Command, cli: Cli): void => {
  command(program, "usage", "requests, tokens, durations and cost by time, namespace, key, model and endpoint, newest first")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .option("--key <id>", "of this key only", parseKeyId)
    .option("--model <name>", "of this model only")
    .option("--days <n>", "of the last so many days", parseCount, DEFAULT_DAYS)
    .addOption(new Option("--bucket <width>", "how long one line is").choices(["5m", "hour", "day", "total"]).default("day"))
    .option("--by <list>", `what to tell apart: ${DIMENSIONS.join(", ")}`, parseDimensions, ["namespace", "key", "model"])
    .option("--csv", "print CSV for spreadsheets")
    .option("--plot", "draw the cost of each bucket")
    .addHelpText("after", EXAMPLES)
    .action((options: UsageOptions) => withFolder(options, cli, async (folder) => {
      await caughtUp(folder, cli)
      const by = options.plot === true ? [] : options.by
      await show(await readAll(usageQueries(folder.readDb), { ...options, by }), { ...options, by }, cli)
    }))
}

const EXAMPLES = `
Examples:
  resultity usage --days 7 --by model
  resultity usage --namespace ns_… --bucket hour --csv > usage.csv
  resultity usage --plot
  resultity usage --json | jq -r '.[].cost'`

const readAll = async (queries: ReturnType<typeof usageQueries>, options: UsageOptions): Promise<readonly UsageRow[]> => {
  const { namespace, key, model, days, bucket, by: groupBy } = options
  const until = Date.now()
  const only = { ...(namespace && { namespace: [namespace] }), ...(key && { key: [key] }), ...(model && { model: [model] }) }
  const all: UsageRow[] = []
  let after: readonly string[] | null = null
  do {
    const page = await queries.page({ only, from: until - days * DAY_MS, until, bucket, groupBy, order: "newest first", limit: PAGE, after })
    all.push(...page.rows)
    after = page.next
  } while (after !== null)
  return all
}

const show = async (rows: readonly UsageRow[], { json, csv, plot, by }: UsageOptions, { terminal }: Cli): Promise<void> => {
  if (json) return terminal.print(toJsonLine(rows.map(({ by: dimensions, ...row }) => ({ ...dimensions, ...row }))))
  if (csv) return terminal.printAll(usageCsv(rows).trimEnd().split("\r\n"))
  if (plot) {
    const bars = rows.toReversed().map(({ startAt, cost, requests }) => ({
      label: formatTime(startAt), value: Number(cost), shown: `${formatCredits(cost)} credits, ${requests} requests`,
    }))
    return terminal.printAll(renderBars(bars))
  }
  await terminal.printAll(renderTable(columnsFor(by), rows))
}

const columnsFor = (by: readonly Dimension[]): readonly Column<UsageRow>[] => [
  { title: "from", value: (row) => formatTime(row.startAt) },
  ...by.map((dimension): Column<UsageRow> => ({ title: dimension, value: (row) => row.by[dimension] ?? "" })),
  { title: "requests", value: (row) => String(row.requests), align: "right" },
  { title: "failed", value: (row) => String(row.failed), align: "right" },
  { title: "cancelled", value: (row) => String(row.cancelled), align: "right" },
  { title: "prompt", value: (row) => String(row.promptTokens), align: "right" },
  { title: "output", value: (row) => String(row.completionTokens), align: "right" },
  { title: "p50 ms", value: (row) => String(row.duration.p50Ms ?? "-"), align: "right" },
  { title: "p95 ms", value: (row) => String(row.duration.p95Ms ?? "-"), align: "right" },
  { title: "cost", value: (row) => formatCredits(row.cost), align: "right" },
]
