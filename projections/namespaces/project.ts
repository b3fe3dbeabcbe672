import { DEFAULT_RETENTION_DAYS } from "#domain/policies/retention.ts"
import { defineProjection } from "../projection.ts"
import { put } from "../writes.ts"
import { namespaces } from "./table.ts"

export const namespacesProjection = defineProjection({
  name: "namespaces",
  version: 2,
  tables: [namespaces],
  rules: {
    NamespaceCreated: ({ data: { namespaceId, accountId, name, at }, position }) => [
      put(
        namespaces,
        { namespace_id: namespaceId },
        { account_id: accountId, name, created_at: at, retention_days: DEFAULT_RETENTION_DAYS, position },
      ),
    ],
    NamespaceRenamed: ({ data: { namespaceId, name } }) => [put(namespaces, { namespace_id: namespaceId }, { name })],
    NamespaceRetentionChosen: ({ data: { namespaceId, retentionDays } }) => [
      put(namespaces, { namespace_id: namespaceId }, { retention_days: retentionDays }),
    ],
    NamespaceDeleted: ({ data: { namespaceId, at } }) => [put(namespaces, { namespace_id: namespaceId }, { deleted_at: at })],
  },
})
