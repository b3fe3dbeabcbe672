import { Schema } from "effect"
import { PolicyDocument } from "#domain/network-config/index.ts"
import type { ReadDb } from "../read-db.ts"

export interface PolicyView {
  /** SHA-256 over the canonical JSON of the document. */
  readonly ruleHash: string
  readonly document: PolicyDocument
  readonly publishedAt: number
}

const decode = Schema.decodeUnknownSync(PolicyDocument)

export const policyQueries = (db: ReadDb) => ({
  /** The rules in force, or null before the first were published. */
  current: async (environment: string): Promise<PolicyView | null> => {
    const row = await db.selectFrom("policies").selectAll().where("environment", "=", environment).executeTakeFirst()
    if (row === undefined) return null
    return { ruleHash: row.rule_hash, document: decode(row.document), publishedAt: Number(row.published_at) }
  },
})
