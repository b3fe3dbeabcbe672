import type { Command } from "commander"
import { type LeaderboardEntry, leaderboardQueries } from "#projections/leaderboard/query.ts"
import { nodeQueries, type NodeView } from "#projections/nodes/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { formatCredits, formatPoints } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface TopOptions extends CommonOptions {
  readonly limit: number
}

const LEADERBOARD_LINES = 20

/** Read models that are shown as they are: nodes, leaderboard. */
export const registerReports = (program: Command, cli: Cli): void => {
  const nodes = program.command("nodes").description("machines that serve models")
  command(nodes, "list", "every node that ever joined: state, models, work, earnings").action((options: CommonOptions) =>
    report(options, cli, NODE_COLUMNS, (folder) => nodeQueries(folder.readDb).list()),
  )
  command(program, "leaderboard", "who earned the most contribution points (RCP)")
    .option("--limit <n>", "at most so many", parseCount, LEADERBOARD_LINES)
    .action((options: TopOptions) =>
      report(options, cli, LEADERBOARD_COLUMNS, (folder) => leaderboardQueries(folder.readDb).top(options.limit)),
    )
}

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

const LEADERBOARD_COLUMNS: readonly Column<LeaderboardEntry>[] = [
  { title: "who", value: (entry) => entry.payee },
  { title: "RCP", value: (entry) => formatPoints(entry.milliRcp), align: "right" },
  { title: "jobs", value: (entry) => String(entry.jobs), align: "right" },
  { title: "tokens", value: (entry) => String(entry.tokens), align: "right" },
]
