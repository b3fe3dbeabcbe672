import { Effect, Schema } from "effect"
import { cancelBatch, createBatch, loadBatch, readMetadata, readProblems } from "#commands/batch/run-batch.ts"
import { newBatchId } from "#commands/ids.ts"
import type { KnownBatch } from "#domain/batch/index.ts"
import { BatchId } from "#domain/kernel/ids.ts"
import { ApiError, badRequest } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import { countParameter, queryParameters } from "../../http/query-parameters.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { storeError } from "../files/file-errors.ts"
import type { FileDeps } from "../files/file-deps.ts"
import { ownFile } from "../files/own-file.ts"
import { refuseByRules } from "../limits/key-rules.ts"
import type { BatchDeps } from "./batch-deps.ts"
import { BatchBody, batchBody, BatchList, statusOf } from "./batch-body.ts"
import { BatchRequest, readBatchRequest } from "./read-batch-request.ts"

const PATH = "/v1/batches"
const ONE = `${PATH}/{batch_id}`
const COMMON = { access: "inference", requestLimit: "counted" } as const
const GONE = { 404: "No such batch in the namespace of the key." }
const LIMIT = { least: 1, most: 100, fallback: 20 }
/** Read at once for one list. */
const CONCURRENCY = 8

export interface BatchRoutesDeps extends Pick<FileDeps, "run" | "settled" | "now"> {
  readonly batches: BatchDeps["batches"]
  /** Paths that a line can ask. */
  readonly endpoints: readonly string[]
}

/** Many requests in one file, run when there is room for them, at half their price. */
export const batchesRoutes = (deps: BatchRoutesDeps): readonly KeyedRoute[] => [
  {
    ...COMMON, method: "POST", path: PATH, operationId: "createBatch", summary: "Has each line of a file answered within 24 hours, at half the price.",
    description:
      `Each line is \`{"custom_id", "method": "POST", "url", "body"}\` with the batch's endpoint (${deps.endpoints.join(", ")}) as its url; all are for one model. ` +
      "Lines give way to other requests. A line that is not answered costs nothing.",
    body: { "application/json": BatchRequest },
    answers: { 200: json(BatchBody, "It is there, and its file will be looked at.") },
    problems: { 404: "There is no such file." },
    handle: async ({ request, caller }) => {
      const asked = readBatchRequest(request.body, deps.endpoints)
      refuseByRules(caller, { endpoint: asked.endpoint, ip: request.ip })
      const { file } = await ownFile(deps, caller, asked.inputFileId, "input_file_id")
      if (file.purpose !== "batch") throw badRequest({ code: "invalid_value", param: "input_file_id", message: "The purpose of the input file must be 'batch'." })
      const { namespaceId, keyId } = caller
      const batchId = newBatchId()
      const created = createBatch({ ...asked, inputFileId: file.fileId, batchId, namespaceId, keyId })
      const { position } = await tried(deps, created)
      await deps.settled(position)
      return tell(deps, batchId)
    },
  },
  {
    ...COMMON, method: "GET", path: PATH, operationId: "listBatches", summary: "Batches of the namespace, newest first.",
    parameters: [
      { in: "query", name: "limit", description: `At most so many, ${LIMIT.least} to ${LIMIT.most}; ${LIMIT.fallback} without it.` },
      { in: "query", name: "after", description: "Go on behind a page: its `last_id`." },
    ],
    answers: { 200: json(BatchList, "Batches.") },
    handle: async ({ request, caller: { namespaceId } }) => {
      const parameters = queryParameters(request, ["limit", "after"])
      const limit = countParameter(parameters, "limit", LIMIT)
      const rows = await deps.batches.page({ namespaceId, after: parameters.one("after"), limit: limit + 1 })
      const shown = rows.slice(0, limit).map(({ batchId }) => known(batchId))
      const found = shown.length === 0 ? [] : await tried(deps, Effect.all(shown, { concurrency: CONCURRENCY }))
      const data = found.flatMap((one) => (one === null ? [] : [batchBody(one.batch, one)]))
      const [first, last] = [data[0], data.at(-1)]
      return { object: "list", data, ...(first !== undefined && { first_id: first.id }), ...(last !== undefined && { last_id: last.id }), has_more: rows.length > limit }
    },
  },
  {
    ...COMMON, method: "GET", path: ONE, operationId: "retrieveBatch", summary: "A batch, and how far it is.",
    answers: { 200: json(BatchBody, "The batch.") }, problems: GONE,
    handle: async ({ caller, param }) => tell(deps, (await ownBatch(deps, caller, param("batch_id"))).created.batchId),
  },
  {
    ...COMMON, method: "POST", path: `${ONE}/cancel`, operationId: "cancelBatch", summary: "Cancels a batch; the lines that are answered stay answered.",
    answers: { 200: json(BatchBody, "It is being cancelled.") }, problems: { ...GONE, 409: "It is over already." },
    handle: async ({ caller, param }) => {
      const batch = await ownBatch(deps, caller, param("batch_id"))
      const { batchId } = batch.created
      await tried(deps, cancelBatch(batchId)).catch((failure: unknown) => {
        throw isOver(failure) ? notCancelled(batch) : failure
      })
      return tell(deps, batchId)
    },
  },
]

const tried = <A, E>({ run }: Pick<FileDeps, "run">, use: Parameters<typeof run<A, E>>[0]): Promise<A> =>
  run(use).catch((failure: unknown) => {
    throw storeError(failure)
  })

/** The batch as the log has it, with what its client said of it; null where there is none. */
const known = Effect.fnUntraced(function* (batchId: BatchId) {
  const batch = yield* loadBatch(batchId)
  if (batch.stage === "absent") return null
  const place = { batchId, namespaceId: batch.created.namespaceId }
  const metadata = yield* readMetadata(place)
  return { batch, metadata, problems: batch.stage === "failed" ? yield* readProblems(place) : [] }
})

const tell = async (deps: BatchRoutesDeps, batchId: BatchId): Promise<BatchBody> => {
  const one = await tried(deps, known(batchId))
  if (one === null) throw batchNotFound()
  return batchBody(one.batch, one)
}

/** The batch by this id, if the caller's namespace has it; throws the 404 otherwise, whoever else has it. */
const ownBatch = async (deps: BatchRoutesDeps, { namespaceId }: Caller, id: string): Promise<KnownBatch> => {
  if (!Schema.is(BatchId)(id)) throw batchNotFound()
  const batch = await tried(deps, loadBatch(id))
  if (batch.stage === "absent" || batch.created.namespaceId !== namespaceId) throw batchNotFound()
  return batch
}

const isOver = (failure: unknown): boolean => typeof failure === "object" && failure !== null && "_tag" in failure && failure._tag === "BatchOver"

const batchNotFound = () =>
  new ApiError({ status: 404, type: "invalid_request_error", code: "batch_not_found", message: "No such batch: it does not exist in this namespace." })

const notCancelled = (batch: KnownBatch) =>
  new ApiError({
    status: 409, type: "invalid_request_error", code: "batch_over", headers: { "x-should-retry": "false" },
    message: `Cannot cancel a batch with status '${statusOf(batch)}'.`,
  })
