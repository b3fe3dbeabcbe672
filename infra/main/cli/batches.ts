import type { Command } from "commander"
import { cancelBatch } from "#commands/batch/run-batch.ts"
import type { BatchId, NamespaceId } from "#domain/kernel/ids.ts"
import { batchQueries, type BatchView } from "#projections/batches/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { failure } from "../exit.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, printable, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseBatchId, parseCount, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ListOptions extends CommonOptions {
  readonly namespace?: NamespaceId
  readonly limit: number
}

const LISTED = 20

export const registerBatches = (program: Command, cli: Cli): void => {
  const batches = program.command("batches").description("many requests in one file, run when there is room, at half the price")
  command(batches, "list", "the newest batches")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .option("--limit <n>", "at most so many", parseCount, LISTED)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  command(batches, "show", "how far a batch is, and its files")
    .argument("<id>", "the batch's id, see `resultity batches list`", parseBatchId)
    .action((id: BatchId, options: CommonOptions) => withFolder(options, cli, (folder) => show(folder, cli, { ...options, id })))
  command(batches, "cancel", "no line of it begins any more; what is answered stays answered and paid")
    .argument("<id>", "the batch's id", parseBatchId)
    .action((id: BatchId, options: CommonOptions) => withFolder(options, cli, (folder) => cancel(folder, cli, { ...options, id })))
}

const list = async (folder: DataFolder, cli: Cli, { json, namespace, limit }: ListOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const found = await batchQueries(folder.readDb).page({ namespaceId: namespace ?? null, after: null, limit })
  if (json) return cli.terminal.print(toJsonLine(found))
  await cli.terminal.printAll(renderTable(COLUMNS, found))
}

const COLUMNS: readonly Column<BatchView>[] = [
  { title: "batch", value: ({ batchId }) => batchId },
  { title: "created", value: ({ createdAt }) => formatTime(createdAt) },
  { title: "status", value: ({ stage }) => stage },
  { title: "model", value: ({ model }) => printable(model ?? "") },
  { title: "lines", value: ({ lines }) => String(lines), align: "right" },
  { title: "completed", value: ({ completed }) => String(completed), align: "right" },
  { title: "failed", value: ({ failed }) => String(failed), align: "right" },
]

type OneBatch = CommonOptions & { readonly id: BatchId }

const found = async (folder: DataFolder, id: BatchId): Promise<BatchView> => {
  const batch = await batchQueries(folder.readDb).find(id)
  if (batch === null) throw failure(`there is no batch ${id} in ${folder.dir}`)
  return batch
}

const show = async (folder: DataFolder, cli: Cli, { id, json }: OneBatch): Promise<void> => {
  await caughtUp(folder, cli)
  const batch = await found(folder, id)
  await (json ? cli.terminal.print(toJsonLine(batch)) : cli.terminal.printAll(described(batch)))
}

const described = (batch: BatchView): readonly string[] => {
  const { batchId, stage, problem, completed, failed, lines, createdAt, expiresAt, endedAt, endpoint, model, namespaceId, keyId } = batch
  const rows: readonly (readonly [string, string | null])[] = [
    ["batch", batchId],
    ["status", problem === null ? stage : `${stage}: ${problem}`],
    ["progress", `${completed + failed} of ${lines} lines, ${failed} failed`],
    ["asks", model === null ? endpoint : `${endpoint}, model ${printable(model)}`],
    ["for", `${namespaceId}, key ${keyId}`],
    ["created", formatTime(createdAt)],
    [endedAt === null ? "expires" : "ended", formatTime(endedAt ?? expiresAt)],
    ["input", batch.inputFileId],
    ["output", batch.outputFileId],
    ["errors", batch.errorFileId],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(NAME_WIDTH)}${value}`]))
}

const NAME_WIDTH = 10

const cancel = async (folder: DataFolder, cli: Cli, { id, json }: OneBatch): Promise<void> => {
  await folder.run(cancelBatch(id)).catch((refusal: unknown) => {
    throw cancelFailure(refusal, id)
  })
  await cli.terminal.print(json ? toJsonLine({ batchId: id, cancelled: true }) : `${id} is being cancelled.`)
}

const cancelFailure = (refusal: unknown, id: BatchId): unknown => {
  if (typeof refusal !== "object" || refusal === null || !("_tag" in refusal)) return refusal
  if (refusal._tag === "BatchOver") return failure(`${id} is over already`)
  return refusal._tag === "BatchNotFound" ? failure(`there is no batch ${id}`) : refusal
}
