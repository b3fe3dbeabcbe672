import { Effect } from "effect"
import { file, type FilePurpose } from "#domain/file/index.ts"
import type { FileId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import { keptMs, retentionMs } from "#domain/policies/retention.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"
import { ContentStore } from "../ports/content-store.ts"
import { UPLOAD_MS } from "./limits.ts"

export interface FilePlace {
  readonly fileId: FileId
  readonly namespaceId: NamespaceId
}

export interface NewFile extends FilePlace {
  readonly keyId: KeyId
  readonly filename: string
  /** To be whole; `UPLOAD_MS` where it is left out. */
  readonly withinMs?: number
}

export interface FinishedFile extends FilePlace {
  readonly purpose: FilePurpose
  readonly bytes: number
  readonly parts: number
  /** Null: as long as its namespace keeps contents. */
  readonly keepMs: number | null
}

const metaOf = ({ fileId }: FilePlace, step: string) => ({ commandId: `file/${fileId}/${step}`, correlationId: fileId })

/** On record before anything of it is kept: what is cut off here is found again. Repeating it is harmless while the file is not deleted. */
export const startUpload = Effect.fnUntraced(function* ({ filename, withinMs = UPLOAD_MS, ...place }: NewFile) {
  const { handle } = yield* Commands
  const content = yield* ContentStore
  const at = Date.now()
  const { fileId, namespaceId, keyId } = place
  yield* handle(file, fileId, { type: "StartUpload", fileId, namespaceId, keyId, at, expiresAt: at + withinMs }, metaOf(place, "start"))
  yield* content.put({ namespaceId, jobId: fileId, field: "filename" }, filename)
})

/** Keeps one part; the store takes text, so each byte is a character. */
export const keepPart = Effect.fnUntraced(function* ({ fileId, namespaceId, part, bytes }: FilePlace & { readonly part: number; readonly bytes: Buffer }) {
  const content = yield* ContentStore
  yield* content.put({ namespaceId, jobId: fileId, field: `part/${part}` }, bytes.toString("latin1"))
})

/** One part; fails with `ContentMissing` when it was erased or is past its retention. */
export const readPart = ({ fileId, namespaceId, part }: FilePlace & { readonly part: number }) =>
  Effect.map(Effect.flatMap(ContentStore, (content) => content.get({ namespaceId, jobId: fileId, field: `part/${part}` })), (text) => Buffer.from(text, "latin1"))

/** Null when the file's content was erased or is past its retention. */
export const readFilename = ({ fileId, namespaceId }: FilePlace) =>
  Effect.flatMap(ContentStore, (content) => content.get({ namespaceId, jobId: fileId, field: "filename" })).pipe(
    Effect.map((name): string | null => name),
    Effect.catchTag("ContentMissing", () => Effect.succeed(null)),
  )

/** The file is whole. It is there for `keepMs`, or as long as its namespace keeps contents where that is shorter. */
export const finishUpload = Effect.fnUntraced(function* ({ keepMs, ...finished }: FinishedFile) {
  const { handle, load } = yield* Commands
  const content = yield* ContentStore
  const { fileId, namespaceId } = finished
  const { retentionDays } = yield* load(namespace, namespaceId)
  const kept = Math.min(keepMs ?? Number.POSITIVE_INFINITY, keptMs(retentionMs(retentionDays), "part"))
  const at = Date.now()
  const expiresAt = at + kept
  // First the store: what is on record as expiring does.
  if (keepMs !== null) yield* content.expireJobs({ namespaceId, jobIds: [fileId], at: expiresAt })
  const { position } = yield* handle(file, fileId, { type: "FinishUpload", ...finished, at, expiresAt }, metaOf(finished, `finish/${uuidV7()}`))
  return { at, expiresAt, position }
})

/** Nothing of an upload that broke off stays. False when the file was whole already. */
export const cutUpload = Effect.fnUntraced(function* (place: FilePlace) {
  const { handle } = yield* Commands
  const content = yield* ContentStore
  yield* handle(file, place.fileId, { type: "CutUpload", ...place, at: Date.now() }, metaOf(place, "cut"))
  yield* content.forget(place.namespaceId, place.fileId)
  return true
}, Effect.catchTag("FileConflict", () => Effect.succeed(false)))

/** Its bytes go first: whoever is cut off in between asks again, and nobody reads them. */
export const deleteFile = Effect.fnUntraced(function* (place: FilePlace) {
  const { handle } = yield* Commands
  const content = yield* ContentStore
  yield* content.forget(place.namespaceId, place.fileId)
  const { position } = yield* handle(file, place.fileId, { type: "DeleteFile", ...place, at: Date.now() }, metaOf(place, "delete"))
  return { position }
})

/** As the log has it now. */
export const loadFile = (fileId: FileId) => Effect.flatMap(Commands, ({ load }) => load(file, fileId))
