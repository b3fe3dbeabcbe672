import { defineProjection } from "../projection.ts"
import { put, remove } from "../writes.ts"
import { files } from "./table.ts"

export const filesProjection = defineProjection({
  name: "files",
  version: 1,
  tables: [files],
  rules: {
    FileUploadStarted: ({ data: { fileId, namespaceId, keyId, at, expiresAt }, position }) => [
      put(files, { file_id: fileId }, { namespace_id: namespaceId, key_id: keyId, started_at: at, expires_at: expiresAt, position }),
    ],
    FileUploaded: ({ data: { fileId, purpose, bytes, parts, at, expiresAt }, position }) => [
      put(files, { file_id: fileId }, { purpose, bytes, parts, uploaded_at: at, expires_at: expiresAt, position }),
    ],
    FileDeleted: ({ data: { fileId } }) => [remove(files, { file_id: fileId })],
  },
})
