import { expect, test } from "vitest"
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
import { keyAt, namespaceAt } from "./workload.ts"

test("a namespace is listed with its name and account", () => {
  const accountId = AccountId.make("acct_00000000-0000-7000-8000-000000000001")
  const data = { namespaceId: namespaceAt(1), accountId, name: "demo", at: 5 }
  const rows = given(namespacesProjection, { type: "NamespaceCreated", data }).rows(namespaces)
  expect(rows).toEqual([{ namespace_id: namespaceAt(1), account_id: accountId, name: "demo", created_at: 5n, position: 1n }])
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

test("the latest rules of an environment are in force", () => {
  const publish = (version: number): LogEvent => ({
    type: "PolicyPublished",
    data: { environment: "testnet", ruleHash: `hash-${version}`, document: { ...defaultPolicy, version }, at: version },
  })
  const rows = given(policiesProjection, publish(1), publish(2)).rows(policies)
  expect(rows).toMatchObject([{ environment: "testnet", rule_hash: "hash-2", version: 2n, document: { version: 2 } }])
})
