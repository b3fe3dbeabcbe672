import { Effect, Schema } from "effect"
import { loadFile, readFilename } from "#commands/file/upload-file.ts"
import { FileId } from "#domain/kernel/ids.ts"
import type { FileView } from "#projections/files/query.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { FileBody } from "./file-body.ts"
import { fileBody } from "./file-body.ts"
import type { FileDeps } from "./file-deps.ts"
import { fileNotFound, storeError } from "./file-errors.ts"

/** Names read at once for one list. */
const CONCURRENCY = 16

/** The file by this id, if the caller's namespace has it; throws the 404 otherwise, whoever else has it. */
export const ownFile = async (
  { run, now }: Pick<FileDeps, "run" | "now">,
  { namespaceId }: Pick<Caller, "namespaceId">,
  id: string,
  /** Where the client named it, if not in the path. */
  at?: string,
): Promise<{ readonly file: FileView; readonly filename: string }> => {
  if (!Schema.is(FileId)(id)) throw fileNotFound(at)
  const look = Effect.all({ state: loadFile(id), filename: readFilename({ fileId: id, namespaceId }) }, { concurrency: 2 })
  const { state, filename } = await run(look).catch((failure: unknown) => {
    throw storeError(failure)
  })
  if (state.stage !== "uploaded" || state.uploaded.namespaceId !== namespaceId) throw fileNotFound(at)
  const { purpose, bytes, parts, at: uploadedAt, expiresAt } = state.uploaded
  // Without a name its content is gone: erased, or past a retention that was shortened.
  if (filename === null || now() >= expiresAt) throw fileNotFound(at)
  return { file: { fileId: id, namespaceId, purpose, bytes, parts, uploadedAt, expiresAt }, filename }
}

/** As they are told to clients; without those whose content is gone. */
export const filesWithNames = async ({ run }: Pick<FileDeps, "run">, files: readonly FileView[]): Promise<readonly FileBody[]> => {
  const names = await run(Effect.forEach(files, readFilename, { concurrency: CONCURRENCY })).catch((failure: unknown) => {
    throw storeError(failure)
  })
  return files.flatMap((one, index) => {
    const name = names[index] ?? null
    return name === null ? [] : [fileBody(one, name)]
  })
}
