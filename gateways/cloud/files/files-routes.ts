import { Schema } from "effect"
import { deleteFile } from "#commands/file/upload-file.ts"
import { countParameter, choiceParameter, queryParameters } from "../../http/query-parameters.ts"
import { json, type KeyedRoute, type Parameter } from "../../http/routes.ts"
import { fileContent } from "./file-content.ts"
import { DeletedFile, FileBody, fileBody, FileForm, FileList } from "./file-body.ts"
import type { FileDeps } from "./file-deps.ts"
import { fileInUse, storeError } from "./file-errors.ts"
import { filesWithNames, ownFile } from "./own-file.ts"
import { uploadFile } from "./upload.ts"

const PATH = "/v1/files"
const ONE = `${PATH}/{file_id}`
const COMMON = { access: "inference", requestLimit: "counted" } as const
const GONE = { 404: "No such file in the namespace of the key." }
/** As many as OpenAI lets one ask for; one answer has less, and says that there is more. */
const LIMIT = { least: 1, most: 10_000, fallback: 1_000 }
const MAX_LISTED = 1_000

const LIST_PARAMETERS: readonly Parameter[] = [
  { in: "query", name: "limit", description: `At most so many, ${LIMIT.least} to ${LIMIT.most}; one answer has ${MAX_LISTED} at most.` },
  { in: "query", name: "after", description: "Go on behind a page: its `last_id`." },
  { in: "query", name: "order", description: "By time: `desc` (the default) or `asc`.", schema: Schema.Literals(["asc", "desc"]) },
  { in: "query", name: "purpose", description: "Of this purpose only.", schema: Schema.Literals(["batch", "batch_output"]) },
]

/** Files of a namespace: what goes into batches, and what comes out. */
export const filesRoutes = (deps: FileDeps): readonly KeyedRoute[] => [
  {
    ...COMMON, method: "POST", path: PATH, operationId: "createFile", summary: "Uploads a file for a batch.", reads: "stream",
    description: `Up to ${deps.maxFileBytes} bytes, kept encrypted as long as the namespace keeps contents, or as \`expires_after\` says where that is shorter.`,
    body: { "multipart/form-data": FileForm },
    answers: { 200: json(FileBody, "It is there.") },
    problems: { 413: "The file is too large." },
    handle: (call) => uploadFile(deps, call),
  },
  {
    ...COMMON, method: "GET", path: PATH, operationId: "listFiles", summary: "Files of the namespace, newest first.", parameters: LIST_PARAMETERS,
    answers: { 200: json(FileList, "Files, without what is in them.") },
    handle: async ({ request, caller: { namespaceId } }) => {
      const parameters = queryParameters(request, LIST_PARAMETERS.map(({ name }) => name))
      const limit = Math.min(countParameter(parameters, "limit", LIMIT), MAX_LISTED)
      const order = choiceParameter(parameters, "order", ["asc", "desc"]) ?? "desc"
      const asked = { namespaceId, purpose: parameters.one("purpose"), order, after: parameters.one("after"), now: deps.now() }
      const rows = await deps.files.page({ ...asked, limit: limit + 1 })
      const data = await filesWithNames(deps, rows.slice(0, limit))
      return { object: "list", data, first_id: data[0]?.id ?? "", last_id: data.at(-1)?.id ?? "", has_more: rows.length > limit }
    },
  },
  {
    ...COMMON, method: "GET", path: ONE, operationId: "retrieveFile", summary: "One file, without what is in it.",
    answers: { 200: json(FileBody, "The file.") }, problems: GONE,
    handle: async ({ caller, param }) => {
      const { file, filename } = await ownFile(deps, caller, param("file_id"))
      return fileBody(file, filename)
    },
  },
  {
    ...COMMON, method: "DELETE", path: ONE, operationId: "deleteFile", summary: "Deletes a file and what is in it.",
    answers: { 200: json(DeletedFile, "It is gone.") }, problems: { ...GONE, 409: "A batch that has not ended reads it." },
    handle: async ({ caller, param }) => {
      const { file: { fileId, namespaceId } } = await ownFile(deps, caller, param("file_id"))
      if (await deps.isInput(fileId)) throw fileInUse()
      const { position } = await deps.run(deleteFile({ fileId, namespaceId })).catch((failure: unknown) => {
        throw storeError(failure)
      })
      await deps.settled(position)
      return { id: fileId, object: "file", deleted: true }
    },
  },
  {
    ...COMMON, method: "GET", path: `${ONE}/content`, operationId: "downloadFile", summary: "What is in a file, byte for byte.",
    answers: { 200: { description: "The file.", content: { "application/octet-stream": Schema.String } } }, problems: GONE,
    handle: (call) => fileContent(deps, call),
  },
]
