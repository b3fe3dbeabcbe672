import { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"

export interface UsageFilter {
  readonly namespaceId?: string
  readonly keyId?: string
  readonly model?: string
  /** Hours that begin at or after this time. */
  readonly from?: number
  /** Hours that begin before this time. */
  readonly until?: number
}

export interface UsageView {
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  readonly model: string
  /** Start of the hour in which the requests ended. */
  readonly hourAt: number
  readonly requests: number
  readonly failed: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** Micro-credits. */
  readonly cost: bigint
}

export const usageQueries = (db: ReadDb) => ({
  /** By hour, newest first. */
  list: async (filter: UsageFilter = {}): Promise<readonly UsageView[]> => {
    let hours = db.selectFrom("usage").selectAll()
    if (filter.namespaceId !== undefined) hours = hours.where("namespace_id", "=", filter.namespaceId)
    if (filter.keyId !== undefined) hours = hours.where("key_id", "=", filter.keyId)
    if (filter.model !== undefined) hours = hours.where("model", "=", filter.model)
    if (filter.from !== undefined) hours = hours.where("hour_at", ">=", BigInt(filter.from))
    if (filter.until !== undefined) hours = hours.where("hour_at", "<", BigInt(filter.until))
    const ordered = hours.orderBy("hour_at", "desc").orderBy("namespace_id").orderBy("key_id").orderBy("model")
    return (await ordered.execute()).map((row) => ({
      namespaceId: NamespaceId.make(row.namespace_id),
      keyId: KeyId.make(row.key_id),
      model: row.model,
      hourAt: Number(row.hour_at),
      requests: Number(row.requests),
      failed: Number(row.failed),
      promptTokens: Number(row.prompt_tokens),
      completionTokens: Number(row.completion_tokens),
      cost: row.cost,
    }))
  },
})
