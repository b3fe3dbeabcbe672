import { HoldId, JobId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"

/** Micro-credits. */
export interface LedgerBalance {
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly granted: bigint
  /** From other namespaces, less what went to them. */
  readonly transferred: bigint
}

export interface OpenTransferView {
  readonly transferId: string
  readonly fromNamespaceId: NamespaceId
  readonly toNamespaceId: NamespaceId
  readonly amount: bigint
}

export interface OpenHoldView {
  readonly holdId: HoldId
  readonly namespaceId: NamespaceId
  readonly jobId: JobId
  readonly placedAt: number
  readonly expiresAt: number
}

/** Sums of all accounts: both are 0 in a sound network. */
export interface TrialBalance {
  readonly credits: bigint
  readonly rcp: bigint
}

const ZERO: LedgerBalance = { available: 0n, held: 0n, spent: 0n, granted: 0n, transferred: 0n }

export const balanceQueries = (db: ReadDb) => ({
  /** Zeros for a namespace that never had credits. */
  ofNamespace: async (namespaceId: string): Promise<LedgerBalance> => {
    const columns = ["available", "held", "spent", "granted", "transferred"] as const
    const ledger = db.selectFrom("ledger_balances").select(columns).where("namespace_id", "=", namespaceId)
    return (await ledger.executeTakeFirst()) ?? ZERO
  },
  /** Of every namespace that ever had credits. */
  all: async (): Promise<readonly { readonly namespaceId: string; readonly available: bigint }[]> => {
    const rows = await db.selectFrom("ledger_balances").select(["namespace_id", "available"]).execute()
    return rows.map((row) => ({ namespaceId: row.namespace_id, available: row.available }))
  },
  /** Balance of one posting account, zero when nothing was ever posted to it. */
  account: async (name: string): Promise<bigint> => {
    const row = await db.selectFrom("account_balances").select("amount").where("account", "=", name).executeTakeFirst()
    return row?.amount ?? 0n
  },
  trialBalance: async (): Promise<TrialBalance> => {
    const sums = db.selectFrom("account_balances").select(["unit", (on) => on.fn.sum<bigint>("amount").as("total")])
    const rows = await sums.groupBy("unit").execute()
    const of = (unit: string) => rows.find((row) => row.unit === unit)?.total ?? 0n
    return { credits: of("credits"), rcp: of("rcp") }
  },
  countOpenHolds: async (): Promise<number> => {
    const count = db.selectFrom("open_holds").select((on) => on.fn.countAll<bigint>().as("holds"))
    return Number((await count.executeTakeFirst())?.holds ?? 0)
  },
  /** Holds without an end that were placed before `placedBefore`, oldest first. */
  openHolds: async (query: { readonly placedBefore: number; readonly limit: number }): Promise<readonly OpenHoldView[]> => {
    const holds = db.selectFrom("open_holds").selectAll().where("placed_at", "<", BigInt(query.placedBefore))
    const rows = await holds.orderBy("placed_at").orderBy("hold_id").limit(query.limit).execute()
    return rows.map((row) => ({
      holdId: HoldId.make(row.hold_id),
      namespaceId: NamespaceId.make(row.namespace_id),
      jobId: JobId.make(row.job_id),
      placedAt: Number(row.placed_at),
      expiresAt: Number(row.expires_at),
    }))
  },
  /** Transfers without an end that were sent before `sentBefore`, oldest first. */
  openTransfers: async (query: { readonly sentBefore: number; readonly limit: number }): Promise<readonly OpenTransferView[]> => {
    const open = db.selectFrom("open_transfers").selectAll().where("sent_at", "<", BigInt(query.sentBefore))
    return (await open.orderBy("position").limit(query.limit).execute()).map((row) => ({
      transferId: row.transfer_id,
      fromNamespaceId: NamespaceId.make(row.namespace_id),
      toNamespaceId: NamespaceId.make(row.to_namespace_id),
      amount: row.amount,
    }))
  },
})
