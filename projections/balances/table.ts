import { defineTable, type RowOf } from "../table-definition.ts"

/** One row per account that postings name, in credits and in points. `unit` is `credits` (micro-credits) or `rcp` (milli-RCP). */
export const accountBalances = defineTable("account_balances", {
  key: { account: "text" },
  columns: { unit: "text", amount: "int" },
  indexes: [],
})

/** One row per namespace, micro-credits; `transferred` is what came from other namespaces less what went to them. */
export const ledgerBalances = defineTable("ledger_balances", {
  key: { namespace_id: "text" },
  columns: { available: "int", held: "int", spent: "int", granted: "int", transferred: "int" },
  indexes: [],
})

/** Holds without an end. */
export const openHolds = defineTable("open_holds", {
  key: { hold_id: "text" },
  columns: {
    namespace_id: "text",
    job_id: "text",
    key_id: "text",
    amount: "int",
    placed_at: "int",
    expires_at: "int",
  },
  indexes: [{ columns: ["placed_at", "hold_id"], where: null }],
})

/** Transfers that were sent and have no end. `transfer_id` is the sender's own. */
export const openTransfers = defineTable("open_transfers", {
  key: { namespace_id: "text", transfer_id: "text" },
  columns: { to_namespace_id: "text", amount: "int", sent_at: "int", position: "int" },
  indexes: [{ columns: ["position"], where: null }],
})

export interface BalanceTables {
  readonly account_balances: RowOf<typeof accountBalances>
  readonly ledger_balances: RowOf<typeof ledgerBalances>
  readonly open_holds: RowOf<typeof openHolds>
  readonly open_transfers: RowOf<typeof openTransfers>
}
