import { defineProjection } from "../projection.ts"
import { put } from "../writes.ts"
import { namespaces } from "./table.ts"

export const namespacesProjection = defineProjection({
  name: "namespaces",
  version: 1,
  tables: [namespaces],
  rules: {
    NamespaceCreated: ({ data: { namespaceId, accountId, name, at }, position }) => [
      put(namespaces, { namespace_id: namespaceId }, { account_id: accountId, name, created_at: at, position }),
    ],
  },
})
