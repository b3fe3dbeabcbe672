import { Schema } from "effect"
import type { FileView } from "#projections/files/query.ts"
import { seconds } from "./file-deps.ts"

/** What a client sends as multipart/form-data. */
export const FileForm = Schema.Struct({
  /** The file itself, with its name. */
  file: Schema.String.annotate({ format: "binary" }),
  purpose: Schema.Literal("batch"),
  expires_after: Schema.optionalKey(Schema.Struct({ anchor: Schema.Literal("created_at"), seconds: Schema.Int })),
}).annotate({ identifier: "FileForm" })

/** Times in seconds since 1970. */
export const FileBody = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("file"),
  bytes: Schema.Int,
  created_at: Schema.Int,
  expires_at: Schema.Int,
  filename: Schema.String,
  purpose: Schema.Literals(["batch", "batch_output"]),
  status: Schema.Literal("processed"),
}).annotate({ identifier: "File" })
export type FileBody = typeof FileBody.Type

/** As OpenAI's: an empty list begins and ends with no id. */
export const FileList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.Array(FileBody),
  first_id: Schema.String,
  last_id: Schema.String,
  has_more: Schema.Boolean,
}).annotate({ identifier: "FileList" })

export const DeletedFile = Schema.Struct({ id: Schema.String, object: Schema.Literal("file"), deleted: Schema.Literal(true) }).annotate({
  identifier: "DeletedFile",
})

export const fileBody = (file: Pick<FileView, "fileId" | "purpose" | "bytes" | "uploadedAt" | "expiresAt">, filename: string): FileBody => ({
  id: file.fileId, object: "file", bytes: file.bytes, created_at: seconds(file.uploadedAt), expires_at: seconds(file.expiresAt), filename,
  purpose: file.purpose === "batch_output" ? "batch_output" : "batch", status: "processed",
})
