import type { Command } from "commander"
import { type FeedbackView, feedbackQueries, type ModelRatings } from "#projections/feedback/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, printable, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ListOptions extends CommonOptions {
  readonly flagged?: true
  readonly down?: true
  readonly limit: number
}

const LISTED = 20

/** Ratings for those who look after models and nodes; comments are content, and not shown here. */
export const registerFeedback = (program: Command, cli: Cli): void => {
  const feedback = program.command("feedback").description("what clients think of answers")
  command(feedback, "list", "the newest ratings")
    .option("--flagged", "only answers that somebody should look at")
    .option("--down", "only thumbs down")
    .option("--limit <n>", "at most so many", parseCount, LISTED)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  command(feedback, "models", "ratings by model").action((options: CommonOptions) => withFolder(options, cli, (folder) => models(folder, cli, options)))
}

const list = async (folder: DataFolder, cli: Cli, { flagged, down, limit, json }: ListOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const found = await feedbackQueries(folder.readDb).list({ flaggedOnly: flagged === true, rating: down === true ? "down" : null, limit })
  if (json) return cli.terminal.print(toJsonLine(found))
  await cli.terminal.printAll(renderTable(COLUMNS, found))
}

const COLUMNS: readonly Column<FeedbackView>[] = [
  { title: "job", value: (one) => one.jobId },
  { title: "when", value: (one) => formatTime(one.changedAt ?? one.givenAt) },
  { title: "rating", value: (one) => one.rating },
  { title: "category", value: (one) => one.category ?? "-" },
  { title: "flagged", value: (one) => (one.flagged ? "yes" : "") },
  { title: "comment", value: (one) => (one.commentBytes === 0 ? "" : `${one.commentBytes} bytes`), align: "right" },
  { title: "model", value: (one) => printable(one.model ?? "-") },
  { title: "node", value: (one) => one.nodeId ?? "-" },
]

const models = async (folder: DataFolder, cli: Cli, { json }: CommonOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const found = await feedbackQueries(folder.readDb).byModel()
  if (json) return cli.terminal.print(toJsonLine(found))
  await cli.terminal.printAll(renderTable(MODEL_COLUMNS, found))
}

const MODEL_COLUMNS: readonly Column<ModelRatings>[] = [
  { title: "model", value: (one) => printable(one.model) },
  { title: "up", value: (one) => String(one.up), align: "right" },
  { title: "down", value: (one) => String(one.down), align: "right" },
  { title: "flagged", value: (one) => String(one.flagged), align: "right" },
]
