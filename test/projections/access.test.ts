import { expect, test } from "vitest"
import { NO_LIMITS } from "#domain/api-key/index.ts"
import { AccountId } from "#domain/kernel/ids.ts"
import { defaultPolicy } from "#domain/network-config/index.ts"
import { apiKeysProjection } from "#projections/api-keys/project.ts"
import { apiKeys } from "#projections/api-keys/table.ts"
import type { LogEvent } from "#projections/log-event.ts"
import { namespacesProjection } from "#projections/namespaces/project.ts"
import { namespaces } from "#projections/namespaces/table.ts"
import { policiesProjection } from "#projections/policies/project.ts"
import { policies } from "#projections/policies/table.ts"
import { given } from "./given.ts"
import { keyAt, namespaceAt } from "./workload-world.ts"

test("a namespace is listed with its name and account", () => {
  const accountId = AccountId.make("acct_00000000-0000-7000-8000-000000000001")
  const data = { namespaceId: namespaceAt(1), accountId, name: "demo", at: 5 }
  const rows = given(namespacesProjection, { type: "NamespaceCreated", data }).rows(namespaces)
  expect(rows).toEqual([{ namespace_id: namespaceAt(1), account_id: accountId, name: "demo", created_at: 5n, retention_days: 30n, deleted_at: null, position: 1n }])
})

test("a namespace is listed with its latest name and retention, and with its end", () => {
  const namespaceId = namespaceAt(1)
  const data = { namespaceId, accountId: AccountId.make("acct_00000000-0000-7000-8000-000000000001"), name: "demo", at: 5 }
  const changes: readonly LogEvent[] = [
    { type: "NamespaceRenamed", data: { namespaceId, name: "prod", at: 6 } },
    { type: "NamespaceRetentionChosen", data: { namespaceId, retentionDays: 7, at: 7 } },
    { type: "NamespaceDeleted", data: { namespaceId, at: 8 } },
  ]
  const rows = given(namespacesProjection, { type: "NamespaceCreated", data }, ...changes).rows(namespaces)
  expect(rows).toMatchObject([{ name: "prod", retention_days: 7n, deleted_at: 8n, created_at: 5n }])
})

const created: LogEvent = {
  type: "KeyCreated",
  data: { keyId: keyAt(1), namespaceId: namespaceAt(1), mode: "live", name: "ci", pepperVersion: 2, digest: "digest", at: 5 },
}

test("a revoked key keeps everything and says when and why", () => {
  const key = { key_id: keyAt(1), mode: "live", name: "ci", pepper_version: 2n, digest: "digest" }
  expect(given(apiKeysProjection, created).rows(apiKeys)).toMatchObject([{ ...key, revoked_at: null }])
  const revoked: LogEvent = { type: "KeyRevoked", data: { keyId: keyAt(1), reason: "lost", at: 9 } }
  expect(given(apiKeysProjection, created, revoked).rows(apiKeys)).toMatchObject([{ ...key, revoked_at: 9n, revoked_reason: "lost" }])
})

test("a key has its latest limits and name, and says which key took its place", () => {
  const limits = { ...NO_LIMITS, spendPerDay: 5n }
  const changes: readonly LogEvent[] = [
    { type: "KeyLimitsReplaced", data: { keyId: keyAt(1), limits, at: 6 } },
    { type: "KeyRenamed", data: { keyId: keyAt(1), name: "laptop", at: 7 } },
    { type: "KeyRotated", data: { keyId: keyAt(1), successorId: keyAt(2), endsAt: 99, at: 8 } },
  ]
  const rows = given(apiKeysProjection, created, ...changes).rows(apiKeys)
  const rotated = { name: "laptop", root_key_id: keyAt(1), right: "inference", successor_id: keyAt(2), ends_at: 99n }
  expect(rows).toMatchObject([{ ...rotated, limits: { spendPerDay: "5", spendPerMonth: null, requestsPerSecond: null } }])
})

test("the latest rules of an environment are in force", () => {
  const publish = (version: number): LogEvent => ({
    type: "PolicyPublished",
    data: { environment: "testnet", ruleHash: `hash-${version}`, document: { ...defaultPolicy, version }, at: version },
  })
  const rows = given(policiesProjection, publish(1), publish(2)).rows(policies)
  expect(rows).toMatchObject([{ environment: "testnet", rule_hash: "hash-2", version: 2n, document: { version: 2 } }])
})
