import type { Position } from "#domain/kernel/envelope.ts"
import type { ReadDb } from "../read-db.ts"
import type { StatementTables } from "./table.ts"

const KINDS = ["grant", "hold", "settle", "release", "transfer_out", "transfer_in", "transfer_returned"] as const

export interface StatementLine {
  readonly position: Position
  readonly kind: (typeof KINDS)[number]
  /** Change of the available credits, micro-credits: what was held comes back at the end less the price. */
  readonly amount: bigint
  /** Available credits after this line, micro-credits. */
  readonly balance: bigint
  readonly at: number
  readonly jobId: string | null
  readonly keyId: string | null
  readonly model: string | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  readonly price: bigint | null
  readonly reason: string | null
}

const kindOf = (row: StatementTables["statement_lines"]): StatementLine["kind"] => {
  const kind = KINDS.find((known) => known === row.kind)
  if (kind === undefined) throw new Error(`statement line ${row.position} is of unknown kind ${row.kind}`)
  return kind
}

const view = (row: StatementTables["statement_lines"]): StatementLine => ({
  position: row.position,
  kind: kindOf(row),
  amount: row.amount,
  balance: row.balance,
  at: Number(row.at),
  jobId: row.job_id,
  keyId: row.key_id,
  model: row.model,
  promptTokens: row.prompt_tokens === null ? null : Number(row.prompt_tokens),
  completionTokens: row.completion_tokens === null ? null : Number(row.completion_tokens),
  price: row.price,
  reason: row.reason,
})

export const statementQueries = (db: ReadDb) => ({
  /** Newest first; `before` is the position of the last line of the page before. */
  list: async (
    namespaceId: string,
    page: { readonly limit: number; readonly before?: Position },
  ): Promise<readonly StatementLine[]> => {
    const lines = db.selectFrom("statement_lines").selectAll().where("namespace_id", "=", namespaceId)
    const older = page.before === undefined ? lines : lines.where("position", "<", page.before)
    return (await older.orderBy("position", "desc").limit(page.limit).execute()).map(view)
  },
})
