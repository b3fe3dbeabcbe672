import type { ApiKeyView } from "#projections/api-keys/query.ts"
import type { Column } from "./table.ts"
import { formatTime } from "./time.ts"

/** A key as scripts see it: everything but its digest. */
export const shownKey = ({ digest: _, access, ...key }: ApiKeyView) => ({
  ...key, accountId: access.accountId, right: access.right, rootKeyId: access.rootKeyId, endsAt: access.endsAt, limits: access.limits,
})

/** What became of a key, in a word or two. */
export const keyState = ({ revokedAt, access: { endsAt, limits, namespaceDeletedAt } }: ApiKeyView, now: number): string => {
  if (revokedAt !== null) return `revoked ${formatTime(revokedAt)}`
  if (namespaceDeletedAt !== null) return `namespace deleted ${formatTime(namespaceDeletedAt)}`
  if (endsAt !== null) return `${now >= endsAt ? "rotated, ended" : "rotated, ends"} ${formatTime(endsAt)}`
  if (limits !== null && limits.expiresAt !== null && now >= limits.expiresAt) return `expired ${formatTime(limits.expiresAt)}`
  return "active"
}

export const keyColumns = (namespaceName: (id: string) => string, now: number): readonly Column<ApiKeyView>[] => [
  { title: "key", value: (key) => key.keyId },
  { title: "mode", value: (key) => key.mode },
  { title: "right", value: (key) => key.access.right },
  { title: "name", value: (key) => key.name },
  { title: "namespace", value: (key) => `${key.namespaceId} ${namespaceName(key.namespaceId)}` },
  { title: "created", value: (key) => formatTime(key.createdAt) },
  { title: "state", value: (key) => keyState(key, now) },
]
