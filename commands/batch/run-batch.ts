import { Effect, Schema } from "effect"
import { batch, type BatchCommand, type BatchOutcome } from "#domain/batch/index.ts"
import type { BatchId, FileId, GatewayId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"
import { ContentStore } from "../ports/content-store.ts"
import { BATCH_WINDOW_MS } from "./limits.ts"

export interface NewBatch {
  readonly batchId: BatchId
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  readonly endpoint: string
  readonly inputFileId: FileId
  readonly outputKeepMs: number | null
  readonly metadata: BatchMetadata | null
}

export const BatchMetadata = Schema.Record(Schema.String, Schema.String)
export type BatchMetadata = typeof BatchMetadata.Type

/** What is wrong with a line of the input, or with all of it. */
export const BatchProblem = Schema.Struct({
  code: Schema.String,
  /** From 1; null: the file as such. */
  line: Schema.NullOr(Schema.Int),
  message: Schema.String,
  param: Schema.NullOr(Schema.String),
})
export type BatchProblem = typeof BatchProblem.Type

interface Place {
  readonly batchId: BatchId
  readonly namespaceId: NamespaceId
}

export interface Running {
  readonly batchId: BatchId
  readonly generation: number
}

const metadataJson = Schema.fromJsonString(BatchMetadata)
const problemsJson = Schema.fromJsonString(Schema.Array(BatchProblem))
const [encodeMetadata, decodeMetadata] = [Schema.encodeSync(metadataJson), Schema.decodeUnknownSync(metadataJson)]
const [encodeProblems, decodeProblems] = [Schema.encodeSync(problemsJson), Schema.decodeUnknownSync(problemsJson)]

const metadataRef = ({ batchId, namespaceId }: Place) => ({ namespaceId, jobId: batchId, field: "metadata" }) as const
const problemsRef = ({ batchId, namespaceId }: Place) => ({ namespaceId, jobId: batchId, field: "problems" }) as const
/** Apart from the batch itself: they go when its files are written. */
const linesOf = (batchId: BatchId): string => `${batchId}/lines`

const handled = (batchId: BatchId, command: BatchCommand, step: string) =>
  Effect.flatMap(Commands, ({ handle }) => handle(batch, batchId, command, { commandId: `batch/${batchId}/${step}`, correlationId: batchId }))

/** Enters a batch; whoever leads the batches takes it from there. */
export const createBatch = Effect.fnUntraced(function* ({ metadata, ...created }: NewBatch) {
  const content = yield* ContentStore
  if (metadata !== null) yield* content.put(metadataRef(created), encodeMetadata(metadata))
  const at = Date.now()
  return yield* handled(created.batchId, { type: "CreateBatch", ...created, at, expiresAt: at + BATCH_WINDOW_MS }, "create")
})

/** As the log has it now. */
export const loadBatch = (batchId: BatchId) => Effect.flatMap(Commands, ({ load }) => load(batch, batchId))

export const cancelBatch = (batchId: BatchId) => handled(batchId, { type: "CancelBatch", batchId, at: Date.now() }, "cancel")

/** The generation that this gateway runs from now on; null when another was faster, or the batch is over. */
export const takeBatch = Effect.fnUntraced(
  function* (take: { readonly batchId: BatchId; readonly gatewayId: GatewayId; readonly replaces: number }) {
    const { events } = yield* handled(take.batchId, { type: "TakeBatch", ...take, at: Date.now() }, `take/${uuidV7()}`)
    const taken = events.find((event) => event.type === "BatchTaken")
    return taken === undefined ? null : taken.data.generation
  },
  Effect.catchTags({ StaleRunner: () => Effect.succeed(null), BatchOver: () => Effect.succeed(null) }),
)

export const startBatch = ({ batchId, generation, ...started }: Running & { readonly model: string; readonly lines: number }) =>
  handled(batchId, { type: "StartBatch", batchId, generation, ...started, at: Date.now() }, `${generation}/start`)

/** What is wrong is kept for the batch's client; the log has how much it is. */
export const failBatch = Effect.fnUntraced(function* (
  { batchId, namespaceId, generation, problems }: Running & Place & { readonly problems: readonly BatchProblem[] },
) {
  const content = yield* ContentStore
  yield* content.put(problemsRef({ batchId, namespaceId }), encodeProblems(problems))
  const code = problems[0]?.code ?? "invalid_input"
  yield* handled(batchId, { type: "FailBatch", batchId, generation, problems: problems.length, code, at: Date.now() }, `${generation}/fail`)
})

/** Keeps a line's result, for the batch's files. */
export const keepLine = ({ batchId, namespaceId, generation, line, result }: Running & Place & { readonly line: number; readonly result: string }) =>
  Effect.flatMap(ContentStore, (content) => content.put({ namespaceId, jobId: linesOf(batchId), field: `line/${line}/${generation}` }, result))

/** Null when it was erased or is past its retention. */
export const keptLine = ({ batchId, namespaceId, generation, line }: Running & Place & { readonly line: number }) =>
  Effect.flatMap(ContentStore, (content) => content.get({ namespaceId, jobId: linesOf(batchId), field: `line/${line}/${generation}` })).pipe(
    Effect.map((result): string | null => result),
    Effect.catchTag("ContentMissing", () => Effect.succeed(null)),
  )

/** The lines whose result counts from now on: not those that had one already. */
export const finishLines = Effect.fnUntraced(function* (
  { batchId, ...finished }: Running & { readonly completed: readonly number[]; readonly failed: readonly number[] },
) {
  const { events } = yield* handled(batchId, { type: "FinishLines", batchId, ...finished, at: Date.now() }, `lines/${uuidV7()}`)
  return new Set(events.flatMap((event) => (event.type === "BatchLinesFinished" ? [...event.data.completed, ...event.data.failed] : [])))
})

export const finalizeBatch = ({ batchId, generation, outcome }: Running & { readonly outcome: BatchOutcome }) =>
  handled(batchId, { type: "FinalizeBatch", batchId, generation, outcome, at: Date.now() }, `${generation}/finalize`)

export const endBatch = Effect.fnUntraced(function* (
  { namespaceId, ...ended }: Running & Place & { readonly outcome: BatchOutcome; readonly outputFileId: FileId | null; readonly errorFileId: FileId | null },
) {
  const content = yield* ContentStore
  const { batchId, generation } = ended
  yield* handled(batchId, { type: "EndBatch", ...ended, at: Date.now() }, `${generation}/end`)
  yield* content.forget(namespaceId, linesOf(batchId))
})

/** What its client said of it; null where it said nothing or it is not there any more. */
export const readMetadata = (place: Place) =>
  Effect.flatMap(ContentStore, (content) => content.get(metadataRef(place))).pipe(
    Effect.map((text): BatchMetadata | null => decodeMetadata(text)),
    Effect.catchTag("ContentMissing", () => Effect.succeed(null)),
  )

export const readProblems = (place: Place) =>
  Effect.flatMap(ContentStore, (content) => content.get(problemsRef(place))).pipe(
    Effect.map(decodeProblems),
    Effect.catchTag("ContentMissing", () => Effect.succeed<readonly BatchProblem[]>([])),
  )
