import { Effect } from "effect"
import { PART_BYTES } from "#commands/file/limits.ts"
import { cutUpload, type FilePlace, finishUpload, keepPart, startUpload } from "#commands/file/upload-file.ts"
import { newFileId } from "#commands/ids.ts"
import type { Caller } from "../../http/authenticate.ts"
import { badRequest } from "../../http/api-error.ts"
import type { FastifyRequest } from "fastify"
import { type FileBody, fileBody } from "./file-body.ts"
import type { FileDeps } from "./file-deps.ts"
import { missingFormField, storeError } from "./file-errors.ts"
import { readFileForm } from "./read-form.ts"

const MAX_FILENAME_CHARACTERS = 255
const HOUR_S = 3_600
const DAY_S = 24 * HOUR_S
/** As OpenAI has it. */
const EXPIRES_AFTER_S = { least: HOUR_S, most: 30 * DAY_S }
const MS_PER_S = 1_000

/** Takes a file in, as it comes: no more of it than a part is in memory. What does not become a file leaves nothing. */
export const uploadFile = async (deps: FileDeps, { request, caller }: { readonly request: FastifyRequest; readonly caller: Caller }): Promise<FileBody> => {
  const place: FilePlace = { fileId: newFileId(), namespaceId: caller.namespaceId }
  let filename = ""
  let parts = 0
  const keep = async (name: string, bytes: AsyncIterable<Buffer>) => {
    filename = name.slice(0, MAX_FILENAME_CHARACTERS)
    await deps.run(startUpload({ ...place, keyId: caller.keyId, filename }))
    const kept = await keepParts(deps, place, bytes)
    parts = kept.parts
    return kept
  }
  try {
    const { fields, kept } = await readFileForm(request, { maxFileBytes: deps.maxFileBytes, keep })
    const asked = readFields(fields)
    if (kept === null) throw missingFormField("file")
    if (kept.bytes === 0) throw badRequest({ code: "empty_file", param: "file", message: "The file is empty." })
    const { at, expiresAt, position } = await deps.run(finishUpload({ ...place, ...asked, bytes: kept.bytes, parts }))
    await deps.settled(position)
    return fileBody({ fileId: place.fileId, purpose: asked.purpose, bytes: kept.bytes, uploadedAt: at, expiresAt }, filename)
  } catch (error) {
    // If this fails too, what was kept goes when the upload's time is over.
    if (filename !== "") await deps.run(Effect.ignore(cutUpload(place)))
    throw storeError(error)
  }
}

const keepParts = async (deps: FileDeps, place: FilePlace, incoming: AsyncIterable<Buffer>) => {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let [parts, bytes] = [0, 0]
  const keepWaiting = async (): Promise<void> => {
    const whole = Buffer.concat(waiting)
    const rest = whole.subarray(PART_BYTES)
    await deps.run(keepPart({ ...place, part: parts, bytes: whole.subarray(0, PART_BYTES) }))
    parts += 1
    waiting = rest.length === 0 ? [] : [rest]
    waitingBytes = rest.length
  }
  for await (const chunk of incoming) {
    waiting.push(chunk)
    waitingBytes += chunk.length
    bytes += chunk.length
    while (waitingBytes >= PART_BYTES) await keepWaiting()
  }
  if (waitingBytes > 0) await keepWaiting()
  return { parts, bytes }
}

const readFields = (fields: ReadonlyMap<string, string>): { readonly purpose: "batch"; readonly keepMs: number | null } => {
  const purpose = fields.get("purpose")
  if (purpose === undefined) throw missingFormField("purpose")
  if (purpose !== "batch") {
    const message = "Invalid value for 'purpose': expected 'batch'. This network has no other use for files yet, so it does not keep them."
    throw badRequest({ code: "invalid_value", param: "purpose", message })
  }
  return { purpose, keepMs: readExpiry(fields) }
}

const readExpiry = (fields: ReadonlyMap<string, string>): number | null => {
  const [anchor, seconds] = [fields.get("expires_after[anchor]"), fields.get("expires_after[seconds]")]
  if (anchor === undefined && seconds === undefined) return null
  if (anchor !== "created_at") {
    throw badRequest({ code: "invalid_value", param: "expires_after", message: "Invalid value for 'expires_after': its 'anchor' must be 'created_at'." })
  }
  const after = /^\d{1,9}$/.test(seconds ?? "") ? Number(seconds) : Number.NaN
  if (!(after >= EXPIRES_AFTER_S.least && after <= EXPIRES_AFTER_S.most)) {
    const message = `Invalid value for 'expires_after': its 'seconds' must be from ${EXPIRES_AFTER_S.least} to ${EXPIRES_AFTER_S.most}.`
    throw badRequest({ code: "invalid_value", param: "expires_after", message })
  }
  return after * MS_PER_S
}
