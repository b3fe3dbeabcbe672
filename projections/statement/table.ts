import { defineLines, type RowOf } from "../table-definition.ts"

/** `amount` is the change of available credits, `balance` what is available after it: the sum of all amounts up to this line. */
export const statementLines = defineLines(
  "statement_lines",
  {
    key: { namespace_id: "text", position: "int" },
    columns: {
      kind: "text",
      amount: "int",
      balance: "int",
      at: "int",
      job_id: "text?",
      key_id: "text?",
      model: "text?",
      prompt_tokens: "int?",
      completion_tokens: "int?",
      price: "int?",
      reason: "text?",
    },
    indexes: [],
  },
  { amount: "amount", total: "balance" },
)

export interface StatementTables {
  readonly statement_lines: RowOf<typeof statementLines>
}
