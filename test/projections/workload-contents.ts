import { batch } from "#domain/batch/index.ts"
import { content } from "#domain/content/index.ts"
import { file } from "#domain/file/index.ts"
import { BatchId, FileId, type NamespaceId } from "#domain/kernel/ids.ts"
import { askAgain, rate } from "./workload-requests.ts"
import { GATEWAY, jobAt, keyAt, STEP_MS, uuid, type World } from "./workload-world.ts"

/** Of one job or of everything, and not always confirmed yet. */
const eraseContent = (world: World, namespaceId: NamespaceId, at: number): void => {
  const erasureId = `erasure-${at}`
  const jobId = at % 2 === 0 ? null : jobAt(1)
  world.run(content, namespaceId, { type: "RequestErasure", namespaceId, jobId, erasureId, reason: "asked", at })
  if (at % 3 > 0) world.run(content, namespaceId, { type: "ConfirmErasure", namespaceId, erasureId, at })
}

/** Some are cut off, some deleted, some still arriving. */
const keepFile = (world: World, namespaceId: NamespaceId, at: number): void => {
  const fileId = FileId.make(`file-${uuid(at)}`)
  const place = { fileId, namespaceId, at }
  world.run(file, fileId, { type: "StartUpload", ...place, keyId: keyAt(0), expiresAt: at + STEP_MS })
  if (at % 5 > 1) world.run(file, fileId, { type: "FinishUpload", ...place, purpose: "batch", bytes: at, parts: 1, expiresAt: at + 9 * STEP_MS })
  if (at % 5 === 1) world.run(file, fileId, { type: "CutUpload", ...place })
  if (at % 5 === 2) world.run(file, fileId, { type: "DeleteFile", ...place })
}

/** In every stage there is, some taken over. */
const runBatch = (world: World, namespaceId: NamespaceId, at: number): void => {
  const batchId = BatchId.make(`batch_${uuid(at)}`)
  const inputFileId = FileId.make(`file-${uuid(at)}`)
  const now = { batchId, at }
  world.run(batch, batchId, { type: "CreateBatch", ...now, namespaceId, keyId: keyAt(0), endpoint: "/v1/chat/completions", inputFileId, outputKeepMs: null, expiresAt: at + STEP_MS })
  if (at % 7 === 0) return
  world.run(batch, batchId, { type: "TakeBatch", ...now, gatewayId: GATEWAY, replaces: 0 })
  if (at % 7 === 1) return world.run(batch, batchId, { type: "FailBatch", ...now, generation: 1, problems: 1, code: "empty_file" })
  world.run(batch, batchId, { type: "StartBatch", ...now, generation: 1, model: "tiny", lines: 3 })
  world.run(batch, batchId, { type: "FinishLines", ...now, generation: 1, completed: [0], failed: [2] })
  if (at % 7 === 2) return world.run(batch, batchId, { type: "CancelBatch", ...now })
  if (at % 7 === 3) return world.run(batch, batchId, { type: "TakeBatch", ...now, gatewayId: GATEWAY, replaces: 1 })
  world.run(batch, batchId, { type: "FinishLines", ...now, generation: 1, completed: [1, 0], failed: [] })
  world.run(batch, batchId, { type: "FinalizeBatch", ...now, generation: 1, outcome: "completed" })
  if (at % 7 > 4) world.run(batch, batchId, { type: "EndBatch", ...now, generation: 1, outcome: "completed", outputFileId: inputFileId, errorFileId: null })
}

/** Everything about what is kept beside the log. */
export const keepAndErase = (world: World, namespaceId: NamespaceId, at: number): void => {
  eraseContent(world, namespaceId, at)
  keepFile(world, namespaceId, at)
  runBatch(world, namespaceId, at)
  askAgain(world, namespaceId, at)
  rate(world, namespaceId, at)
}
