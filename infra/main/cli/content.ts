import type { Command } from "commander"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import { eraseContent } from "#commands/content/erase-content.ts"
import { contentQueries, type ErasureView } from "#projections/content/query.ts"
import { usage } from "../exit.ts"
import { requireNamespace } from "../known-namespace.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { runWithContents } from "../with-contents.ts"
import { parseCount, parseJobId, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface EraseOptions extends CommonOptions {
  readonly namespace: NamespaceId
  readonly job?: JobId
  readonly all?: true
  readonly reason: string
}

interface ListOptions extends CommonOptions {
  readonly namespace: NamespaceId
  readonly limit: number
}

const LINES = 100

export const registerContent = (program: Command, cli: Cli): void => {
  const content = program.command("content").description("prompts and answers, which lie encrypted apart from the log")
  command(content, "erase", "erase for good what one job was asked and answered, or all of a namespace")
    .requiredOption("--namespace <id>", "whose content", parseNamespaceId)
    .option("--job <id>", "of this job", parseJobId)
    .option("--all", "everything of the namespace: its data key is destroyed")
    .option("--reason <text>", "for the record", "erased by the operator")
    .addHelpText("after", "\nExamples:\n  resultity content erase --namespace ns_… --job job_…\n  resultity content erase --namespace ns_… --all --reason 'asked for by its owner'")
    .action((options: EraseOptions) => {
      if ((options.job === undefined) === (options.all === undefined)) throw usage("say what to erase: either --job ID or --all")
      return withFolder(options, cli, async (folder) => {
        await requireNamespace(folder, options.namespace)
        const { erasureId } = await runWithContents(folder, eraseContent({ namespaceId: options.namespace, jobId: options.job ?? null, reason: options.reason }))
        await caughtUp(folder, cli)
        const shown = { erasure_id: erasureId, namespace_id: options.namespace, job_id: options.job ?? null, erased: true }
        await cli.terminal.print(options.json ? toJsonLine(shown) : `Erased ${options.job ?? "everything"} of ${options.namespace}: ${erasureId}`)
      })
    })
  command(content, "erasures", "what was erased of a namespace, newest first")
    .requiredOption("--namespace <id>", "whose content", parseNamespaceId)
    .option("--limit <n>", "at most so many", parseCount, LINES)
    .action((options: ListOptions) => withFolder(options, cli, async (folder) => {
      await caughtUp(folder, cli)
      const erasures = await contentQueries(folder.readDb).erasures(options.namespace, options.limit)
      if (options.json) return cli.terminal.print(toJsonLine(erasures))
      await cli.terminal.printAll(renderTable(COLUMNS, erasures))
    }))
}

const COLUMNS: readonly Column<ErasureView>[] = [
  { title: "erasure", value: (erasure) => erasure.erasureId },
  { title: "what", value: (erasure) => erasure.jobId ?? "everything" },
  { title: "requested", value: (erasure) => formatTime(erasure.requestedAt) },
  { title: "erased", value: (erasure) => (erasure.erasedAt === null ? "not yet" : formatTime(erasure.erasedAt)) },
  { title: "reason", value: (erasure) => erasure.reason },
]
