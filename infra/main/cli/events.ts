import type { Command } from "commander"
import { type Position, START } from "#domain/kernel/envelope.ts"
import type { DataFolder } from "../data-folder.ts"
import { interrupted } from "../interrupt.ts"
import { toJsonLine } from "../output/json.ts"
import { parseCount, parsePosition } from "./arguments.ts"
import { type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface Selection extends CommonOptions {
  readonly stream?: string
  readonly type?: string
  readonly after?: Position
  readonly limit?: number
  readonly correlation?: string
}

export const registerEvents = (program: Command, cli: Cli): void => {
  const events = program.command("events").description("the log itself, one JSON event a line")
  selection(command(events, "read", "events from --after on, to the present end of the log"))
    .addHelpText("after", EXAMPLES)
    .action((options: Selection) => withFolder(options, cli, (folder) => read(folder, cli, options)))
  selection(command(events, "tail", "as read, then goes on with every new event until stopped; starts at the end of the log"))
    .addHelpText("after", EXAMPLES)
    .action((options: Selection) => withFolder(options, cli, (folder) => tail(folder, cli, options)))
}

const selection = (made: Command): Command =>
  made
    .option("--stream <name>", "only this stream, or with * at the end all that begin so: job-*")
    .option("--type <type>", "only this event type, e.g. HoldSettled")
    .option("--correlation <id>", "only what belongs to this story, e.g. a job id")
    .option("--after <position>", "start behind this position", parsePosition)
    .option("--limit <n>", "at most so many events", parseCount)

const EXAMPLES = `
Examples:
  resultity events read --type HoldSettled | jq -r .data.price
  resultity events read --correlation job_…
  resultity events tail --stream node-0x…`

const READ_BATCH_EVENTS = 1_000

const read = async (folder: DataFolder, cli: Cli, selected: Selection): Promise<void> => {
  await printAfter(folder, cli, selected, { position: selected.after ?? START, left: selected.limit ?? Number.POSITIVE_INFINITY })
}

const tail = async (folder: DataFolder, cli: Cli, selected: Selection): Promise<void> => {
  const { head } = folder.log.feed
  let known = await folder.run(head)
  let cursor: Cursor = { position: selected.after ?? known, left: selected.limit ?? Number.POSITIVE_INFINITY }
  for (;;) {
    cursor = await printAfter(folder, cli, selected, cursor)
    if (cursor.left === 0) return
    await folder.run(folder.log.feed.waitFor(known))
    known = await folder.run(head)
  }
}

interface Cursor {
  readonly position: Position
  /** Events still wanted. */
  readonly left: number
}

/** Prints what is selected behind the cursor, to the end of the log, and returns the cursor behind it. */
const printAfter = async (folder: DataFolder, cli: Cli, selected: Selection, from: Cursor): Promise<Cursor> => {
  const { stream, type, correlation: correlationId } = selected
  let { position, left } = from
  while (left > 0) {
    const limit = Math.min(left, READ_BATCH_EVENTS)
    const batch = await folder.log.select({ after: position, limit, stream, type, correlationId })
    for (const event of batch) {
      if (cli.interrupted.aborted) throw interrupted()
      await cli.terminal.print(toJsonLine(event))
      position = event.position
    }
    left -= batch.length
    if (batch.length < limit) break
  }
  return { position, left }
}
