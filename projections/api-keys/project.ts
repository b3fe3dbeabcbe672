import { Schema } from "effect"
import { KeyLimits } from "#domain/api-key/index.ts"
import { defineProjection } from "../projection.ts"
import { put } from "../writes.ts"
import { apiKeys } from "./table.ts"

const encodeLimits = Schema.encodeSync(KeyLimits)

export const apiKeysProjection = defineProjection({
  name: "api-keys",
  version: 2,
  tables: [apiKeys],
  rules: {
    KeyCreated: ({ data, position }) => {
      const { keyId, namespaceId, mode, name, pepperVersion, digest, at, right = "inference", rootKeyId = keyId } = data
      const limits = data.limits === undefined ? null : encodeLimits(data.limits)
      const origin = { root_key_id: rootKeyId, created_by: data.createdBy ?? null, created_at: at, position }
      const columns = { namespace_id: namespaceId, mode, name, pepper_version: pepperVersion, digest, right, limits, ...origin }
      return [put(apiKeys, { key_id: keyId }, columns)]
    },
    KeyLimitsReplaced: ({ data: { keyId, limits } }) => [put(apiKeys, { key_id: keyId }, { limits: encodeLimits(limits) })],
    KeyRenamed: ({ data: { keyId, name } }) => [put(apiKeys, { key_id: keyId }, { name })],
    KeyRotated: ({ data: { keyId, successorId, endsAt } }) => [
      put(apiKeys, { key_id: keyId }, { successor_id: successorId, ends_at: endsAt }),
    ],
    KeyRevoked: ({ data: { keyId, reason, at } }) => [
      put(apiKeys, { key_id: keyId }, { revoked_at: at, revoked_reason: reason }),
    ],
  },
})
