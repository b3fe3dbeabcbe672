import type { Command } from "commander"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { type LeaderboardEntry, leaderboardQueries } from "#projections/leaderboard/query.ts"
import { nodeQueries, type NodeView } from "#projections/nodes/query.ts"
import { usageQueries, type UsageView } from "#projections/usage/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { formatCredits, formatPoints } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface UsageOptions extends CommonOptions {
  readonly namespace?: NamespaceId
}

interface TopOptions extends CommonOptions {
  readonly limit: number
}

const LEADERBOARD_LINES = 20

/** Read models that are shown as they are: nodes, usage, leaderboard. */
export const registerReports = (program: Command, cli: Cli): void => {
  const nodes = program.command("nodes").description("machines that serve models")
  command(nodes, "list", "every node that ever joined: state, models, work, earnings").action((options: CommonOptions) =>
    report(options, cli, NODE_COLUMNS, (folder) => nodeQueries(folder.readDb).list()),
  )
  command(program, "usage", "requests, tokens and cost by hour, key and model, newest first")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .addHelpText("after", "\nExample:\n  resultity usage --namespace ns_… --json | jq '.[].cost'")
    .action((options: UsageOptions) =>
      report(options, cli, USAGE_COLUMNS, (folder) => usageQueries(folder.readDb).list(ofNamespace(options))),
    )
  command(program, "leaderboard", "who earned the most contribution points (RCP)")
    .option("--limit <n>", "at most so many", parseCount, LEADERBOARD_LINES)
    .action((options: TopOptions) =>
      report(options, cli, LEADERBOARD_COLUMNS, (folder) => leaderboardQueries(folder.readDb).top(options.limit)),
    )
}

const ofNamespace = ({ namespace }: UsageOptions) => (namespace === undefined ? {} : { namespaceId: namespace })

const report = <Row>(
  options: CommonOptions,
  cli: Cli,
  columns: readonly Column<Row>[],
  read: (folder: DataFolder) => Promise<readonly Row[]>,
): Promise<void> =>
  withFolder(options, cli, async (folder) => {
    await caughtUp(folder, cli)
    const rows = await read(folder)
    if (options.json) return cli.terminal.print(toJsonLine(rows))
    await cli.terminal.printAll(renderTable(columns, rows))
  })

const NODE_COLUMNS: readonly Column<NodeView>[] = [
  { title: "node", value: (node) => node.nodeId },
  { title: "state", value: (node) => (node.session === null ? "offline" : "online") },
  { title: "models", value: (node) => node.models.map((model) => model.name).join(",") || "-" },
  { title: "slots", value: (node) => String(node.slots), align: "right" },
  { title: "jobs", value: (node) => String(node.jobsDone), align: "right" },
  { title: "failed", value: (node) => String(node.failedAttempts), align: "right" },
  { title: "tokens", value: (node) => String(node.tokens), align: "right" },
  { title: "earned", value: (node) => formatCredits(node.earned), align: "right" },
  { title: "RCP", value: (node) => formatPoints(node.milliRcp), align: "right" },
  { title: "last change", value: (node) => `${formatTime(node.lastChangeAt)} ${node.lastChange}` },
]

const USAGE_COLUMNS: readonly Column<UsageView>[] = [
  { title: "hour", value: (usage) => formatTime(usage.hourAt) },
  { title: "namespace", value: (usage) => usage.namespaceId },
  { title: "key", value: (usage) => usage.keyId },
  { title: "model", value: (usage) => usage.model },
  { title: "requests", value: (usage) => String(usage.requests), align: "right" },
  { title: "failed", value: (usage) => String(usage.failed), align: "right" },
  { title: "prompt", value: (usage) => String(usage.promptTokens), align: "right" },
  { title: "output", value: (usage) => String(usage.completionTokens), align: "right" },
  { title: "cost", value: (usage) => formatCredits(usage.cost), align: "right" },
]

const LEADERBOARD_COLUMNS: readonly Column<LeaderboardEntry>[] = [
  { title: "who", value: (entry) => entry.payee },
  { title: "RCP", value: (entry) => formatPoints(entry.milliRcp), align: "right" },
  { title: "jobs", value: (entry) => String(entry.jobs), align: "right" },
  { title: "tokens", value: (entry) => String(entry.tokens), align: "right" },
]
