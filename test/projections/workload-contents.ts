import { content } from "#domain/content/index.ts"
import { file } from "#domain/file/index.ts"
import { FileId, type NamespaceId } from "#domain/kernel/ids.ts"
import { askAgain, rate } from "./workload-requests.ts"
import { jobAt, keyAt, STEP_MS, uuid, type World } from "./workload.ts"

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

/** Everything about what is kept beside the log. */
export const keepAndErase = (world: World, namespaceId: NamespaceId, at: number): void => {
  eraseContent(world, namespaceId, at)
  keepFile(world, namespaceId, at)
  askAgain(world, namespaceId, at)
  rate(world, namespaceId, at)
}
