import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { FileId, NamespaceId } from "../kernel/ids.ts"
import { codec, type FileEvent, type Uploaded, type UploadStarted } from "./events.ts"

export type File =
  | { readonly stage: "absent" }
  | { readonly stage: "uploading"; readonly started: UploadStarted }
  | { readonly stage: "uploaded"; readonly started: UploadStarted; readonly uploaded: Uploaded }
  | { readonly stage: "deleted"; readonly started: UploadStarted }

export interface StartUpload extends UploadStarted {
  readonly type: "StartUpload"
}

export interface FinishUpload extends Uploaded {
  readonly type: "FinishUpload"
}

export interface DeleteFile {
  readonly type: "DeleteFile"
  readonly fileId: FileId
  readonly namespaceId: NamespaceId
  readonly at: number
}

/** Ends an upload that broke off; a file that is whole stays. */
export interface CutUpload {
  readonly type: "CutUpload"
  readonly fileId: FileId
  readonly namespaceId: NamespaceId
  readonly at: number
}

export type FileCommand = StartUpload | FinishUpload | DeleteFile | CutUpload

export type FileRejection =
  /** Not there, or another namespace's, which is not told apart. */
  | { readonly _tag: "FileNotFound"; readonly fileId: string }
  | { readonly _tag: "FileConflict"; readonly fileId: string }

type Decision = Result.Result<readonly FileEvent[], FileRejection>

const NOTHING: Decision = Result.succeed([])

const apply = (file: File, event: FileEvent): File => {
  if (event.type === "FileUploadStarted") return { stage: "uploading", started: event.data }
  if (file.stage === "absent") return file
  const { started } = file
  return event.type === "FileUploaded" ? { stage: "uploaded", started, uploaded: event.data } : { stage: "deleted", started }
}

const start = ({ type: _, ...data }: StartUpload, file: File): Decision => {
  if (file.stage === "absent") return Result.succeed([{ type: "FileUploadStarted", data }])
  const isSame = file.started.namespaceId === data.namespaceId
  return isSame && file.stage !== "deleted" ? NOTHING : Result.fail({ _tag: "FileConflict", fileId: data.fileId })
}

/** What is written again by the same rules is the same file: a batch's output, when its runner was replaced. */
const finish = ({ type: _, ...data }: FinishUpload, file: Exclude<File, { stage: "absent" }>): Decision => {
  if (file.stage === "uploading") return Result.succeed([{ type: "FileUploaded", data }])
  if (file.stage === "deleted") return Result.fail({ _tag: "FileConflict", fileId: data.fileId })
  const { bytes, parts, purpose } = file.uploaded
  const isSame = bytes === data.bytes && parts === data.parts && purpose === data.purpose
  return isSame ? NOTHING : Result.fail({ _tag: "FileConflict", fileId: data.fileId })
}

const decide =
  (command: FileCommand) =>
  (file: File): Decision => {
    if (command.type === "StartUpload") return start(command, file)
    const { fileId, namespaceId, at } = command
    if (file.stage === "absent" || file.started.namespaceId !== namespaceId) return Result.fail({ _tag: "FileNotFound", fileId })
    if (command.type === "FinishUpload") return finish(command, file)
    if (file.stage === "deleted") return NOTHING
    if (command.type === "DeleteFile") return Result.succeed([{ type: "FileDeleted", data: { fileId, namespaceId, reason: "requested", at } }])
    if (file.stage === "uploaded") return Result.fail({ _tag: "FileConflict", fileId })
    return Result.succeed([{ type: "FileDeleted", data: { fileId, namespaceId, reason: "upload_cut", at } }])
  }

/** One file of a namespace: arriving, there, gone. */
export const file: Decider<File, FileCommand, FileEvent, FileRejection> = {
  category: "file",
  codec,
  initial: { stage: "absent" },
  fold: foldWith(apply),
  decide,
}
