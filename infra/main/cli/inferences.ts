import type { Command } from "commander"
import { Effect } from "effect"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { inferenceLogProjection } from "#projections/inference-log/project.ts"
import { inferenceLogQueries } from "#projections/inference-log/query.ts"
import type { InferenceLogRow } from "#projections/inference-log/table.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { rebuildInMongo } from "#projections/sinks/mongo-rebuild.ts"
import { mongoSink } from "#projections/sinks/mongo.ts"
import type { DataFolder } from "../data-folder.ts"
import { usage } from "../exit.ts"
import { type InferenceLogStore, openInferenceLog } from "../open-inference-log.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount, parseNamespaceId } from "./arguments.ts"
import { type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ListOptions extends CommonOptions {
  readonly namespace: NamespaceId
  readonly model?: string
  readonly limit: number
}

const LISTED = 20

/** The inference log is a read model in MongoDB; the embedded profile has `jobs` instead. */
export const registerInferences = (program: Command, cli: Cli): void => {
  const inferences = program.command("inferences").description("the inference log in MongoDB: who asked which model, who served it, how long, what it cost")
  command(inferences, "list", "of one namespace, newest first")
    .requiredOption("--namespace <id>", "whose", parseNamespaceId)
    .option("--model <name>", "of this model only")
    .option("--limit <n>", "at most so many", parseCount, LISTED)
    .action((options: ListOptions) => withLog(options, cli, (_, store) => list(cli, options, store)))
  command(inferences, "rebuild", "from the log, beside the live documents, which it then replaces")
    .action((options: CommonOptions) => withLog(options, cli, (folder, store) => rebuild(folder, cli, options, store)))
}

const withLog = (options: CommonOptions, cli: Cli, work: (folder: DataFolder, store: InferenceLogStore) => Promise<void>): Promise<void> =>
  withFolder(options, cli, async (folder) => {
    const store = await openInferenceLog(folder.config, "resultity-cli")
    if (store === null) throw usage("there is no MongoDB here: set CONTENT_STORE=mongo and MONGO_URL; `resultity jobs list` needs neither")
    try {
      await work(folder, store)
    } finally {
      await store.close()
    }
  })

const list = async ({ terminal }: Cli, { json, namespace, model, limit }: ListOptions, { db }: InferenceLogStore): Promise<void> => {
  const rows = await inferenceLogQueries(db).list({ namespaceId: namespace, model: model ?? null, before: null, limit })
  if (json) return terminal.print(toJsonLine(rows))
  await terminal.printAll(renderTable(COLUMNS, rows))
}

const rebuild = async (folder: DataFolder, { terminal }: Cli, { json }: CommonOptions, store: InferenceLogStore): Promise<void> => {
  const options = { store, feed: folder.log.feed, projection: inferenceLogProjection, observer: silentObserver, onProgress: () => {} }
  const rebuilt = Effect.andThen(mongoSink(store).install([inferenceLogProjection]), rebuildInMongo(options))
  const { position } = await folder.run(rebuilt)
  await terminal.print(json ? toJsonLine({ position }) : `Rebuilt up to position ${position}.`)
}

const COLUMNS: readonly Column<InferenceLogRow>[] = [
  { title: "job", value: (row) => row.job_id },
  { title: "submitted", value: (row) => formatTime(Number(row.submitted_at)) },
  { title: "status", value: (row) => row.status },
  { title: "model", value: (row) => row.model },
  { title: "node", value: (row) => row.node_id ?? "" },
  { title: "tokens", value: (row) => `${row.prompt_tokens}+${row.completion_tokens}`, align: "right" },
  { title: "took ms", value: (row) => (row.ended_at === null ? "" : String(row.ended_at - row.submitted_at)), align: "right" },
  { title: "cost", value: (row) => (row.cost === null ? "" : formatCredits(row.cost)), align: "right" },
]
