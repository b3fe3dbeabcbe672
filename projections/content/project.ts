import { defineProjection } from "../projection.ts"
import { put } from "../writes.ts"
import { contentErasures } from "./table.ts"

export const contentProjection = defineProjection({
  name: "content",
  version: 1,
  tables: [contentErasures],
  rules: {
    ContentErasureRequested: ({ data: { namespaceId, jobId, erasureId, reason, at }, position }) => [
      put(contentErasures, { erasure_id: erasureId }, { namespace_id: namespaceId, job_id: jobId, reason, requested_at: at, position }),
    ],
    ContentErased: ({ data: { erasureId, at } }) => [put(contentErasures, { erasure_id: erasureId }, { erased_at: at })],
  },
})
