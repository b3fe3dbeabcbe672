import type { Command } from "commander"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import { jobQueries, type JobView } from "#projections/jobs/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { failure } from "../exit.ts"
import { formatCredits } from "../output/credits.ts"
import { jobStory, type StoryLine } from "../output/job-story.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, printable, renderTable } from "../output/table.ts"
import { formatClock, formatTime } from "../output/time.ts"
import { parseCount, parseJobId, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ListOptions extends CommonOptions {
  readonly namespace?: NamespaceId
  readonly limit: number
}

const LISTED_JOBS = 20
/** A job that delivers for an hour marks progress every second. */
const MAX_STORY_EVENTS = 100_000

export const registerJobs = (program: Command, cli: Cli): void => {
  const jobs = program.command("jobs").description("requests and what became of them")
  command(jobs, "list", "the newest jobs")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .option("--limit <n>", "at most so many", parseCount, LISTED_JOBS)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  command(jobs, "show", "the whole story of one job, event by event: time, what, tokens, node, money, points")
    .argument("<id>", "the job's id: the API's answers carry it as x-resultity-job-id, and `jobs list` has it", parseJobId)
    .addHelpText("after", "\nExample:\n  resultity jobs show job_… --json | jq -r '.events[].what'")
    .action((id: JobId, options: CommonOptions) => withFolder(options, cli, (folder) => show(folder, cli, { ...options, id })))
}

const list = async (folder: DataFolder, cli: Cli, options: ListOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const { namespace, limit } = options
  const found = await jobQueries(folder.readDb).list(namespace === undefined ? { limit } : { namespaceId: namespace, limit })
  if (options.json) return cli.terminal.print(toJsonLine(found))
  await cli.terminal.printAll(renderTable(JOB_COLUMNS, found))
}

const JOB_COLUMNS: readonly Column<JobView>[] = [
  { title: "job", value: (job) => job.jobId },
  { title: "submitted", value: (job) => formatTime(job.submittedAt) },
  { title: "stage", value: (job) => job.stage },
  { title: "model", value: (job) => job.model },
  { title: "tokens", value: (job) => `${job.promptTokens}+${job.completionTokens}`, align: "right" },
  { title: "attempts", value: (job) => String(job.attempts), align: "right" },
  { title: "cost", value: (job) => (job.cost === null ? "" : formatCredits(job.cost)), align: "right" },
]

const show = async (folder: DataFolder, cli: Cli, options: CommonOptions & { readonly id: JobId }): Promise<void> => {
  const { id } = options
  const story = jobStory(await folder.log.select({ after: 0n, limit: MAX_STORY_EVENTS, correlationId: id }))
  if (story.length === 0) throw failure(`there is no job ${id} in ${folder.dir}`)
  await caughtUp(folder, cli)
  const job = await jobQueries(folder.readDb).find(id)
  if (options.json) return cli.terminal.print(toJsonLine({ job, events: story.map(asJson) }))
  await cli.terminal.printAll([...heading(job, id), "", ...renderTable(storyColumns(story[0]?.at ?? 0), story)])
}

const asJson = ({ at, what, detail, event }: StoryLine) => ({
  position: event.position,
  at,
  what,
  detail,
  type: event.type,
  stream: event.stream,
  data: event.data,
})

const heading = (job: JobView | null, id: JobId): readonly string[] => {
  if (job === null) return [id]
  const cost = job.cost === null ? "not settled yet" : `${formatCredits(job.cost)} credits`
  return [
    `${id}  ${job.stage}`,
    printable(`${job.model} · ${job.promptTokens} prompt + ${job.completionTokens} output tokens · ${cost} · ${formatTime(job.submittedAt)}`),
  ]
}

const storyColumns = (start: number): readonly Column<StoryLine>[] => [
  { title: "position", value: (line) => String(line.event.position), align: "right" },
  { title: "time (UTC)", value: (line) => formatClock(line.at) },
  { title: "after", value: (line) => `${line.at - start} ms`, align: "right" },
  { title: "what", value: (line) => line.what },
  { title: "detail", value: (line) => line.detail },
]
