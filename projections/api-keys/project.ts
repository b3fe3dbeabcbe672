import { defineProjection } from "../projection.ts"
import { put } from "../writes.ts"
import { apiKeys } from "./table.ts"

export const apiKeysProjection = defineProjection({
  name: "api-keys",
  version: 1,
  tables: [apiKeys],
  rules: {
    KeyCreated: ({ data: { keyId, namespaceId, mode, name, pepperVersion, digest, at }, position }) => [
      put(
        apiKeys,
        { key_id: keyId },
        { namespace_id: namespaceId, mode, name, pepper_version: pepperVersion, digest, created_at: at, position },
      ),
    ],
    KeyRevoked: ({ data: { keyId, reason, at } }) => [
      put(apiKeys, { key_id: keyId }, { revoked_at: at, revoked_reason: reason }),
    ],
  },
})
