import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { FileId, KeyId, NamespaceId, TimeMs } from "../kernel/ids.ts"

/** batch: lines for a batch, from a client · batch_output: what came of them, written by the network */
export const FilePurpose = Schema.Literals(["batch", "batch_output"])
export type FilePurpose = typeof FilePurpose.Type

/** requested: by its client · upload_cut: it never arrived whole */
export const FileDeletion = Schema.Literals(["requested", "upload_cut"])

/** Name and bytes of a file are content, and elsewhere. */
export const schemas = {
  /** Its parts begin to arrive; if it is not whole by `expiresAt`, they go. */
  FileUploadStarted: Schema.Struct({
    fileId: FileId,
    namespaceId: NamespaceId,
    keyId: KeyId,
    at: TimeMs,
    expiresAt: TimeMs,
  }),
  /** It is whole, and there until `expiresAt`. */
  FileUploaded: Schema.Struct({
    fileId: FileId,
    namespaceId: NamespaceId,
    purpose: FilePurpose,
    bytes: Schema.Int,
    parts: Schema.Int,
    at: TimeMs,
    expiresAt: TimeMs,
  }),
  /** Its parts are gone. */
  FileDeleted: Schema.Struct({ fileId: FileId, namespaceId: NamespaceId, reason: FileDeletion, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type FileEvent = EventOf<typeof schemas>
export type UploadStarted = Extract<FileEvent, { type: "FileUploadStarted" }>["data"]
export type Uploaded = Extract<FileEvent, { type: "FileUploaded" }>["data"]
