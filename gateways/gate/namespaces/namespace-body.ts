import { Schema } from "effect"
import { NamespaceId } from "#domain/kernel/ids.ts"
import { MicroCredits } from "#domain/kernel/money.ts"
import { MAX_RETENTION_DAYS } from "#domain/policies/retention.ts"
import type { LedgerBalance } from "#projections/balances/query.ts"
import type { NamespaceView } from "#projections/namespaces/query.ts"
import { seconds } from "../manage-deps.ts"
import { pageOf } from "../pages.ts"
import { bodyReader } from "../read-manage-body.ts"

export const Namespace = Schema.Struct({
  object: Schema.Literal("namespace"),
  id: Schema.String,
  name: Schema.String,
  /** How many days prompts and answers are kept; 0: not after the answer. */
  retention_days: Schema.Int,
  created_at: Schema.Int,
}).annotate({ identifier: "Namespace" })
export const Namespaces = pageOf(Namespace, "NamespaceList")

export const DeletedNamespace = Schema.Struct({
  object: Schema.Literal("namespace"), id: Schema.String, deleted: Schema.Literal(true),
}).annotate({ identifier: "DeletedNamespace" })

/** Micro-credits, a decimal string: a million is one credit. */
const Amount = Schema.String

export const Balance = Schema.Struct({
  object: Schema.Literal("balance"), namespace: Schema.String, available: Amount, held: Amount, spent: Amount, granted: Amount,
  /** From other namespaces, less what went to them. */
  transferred: Amount,
}).annotate({ identifier: "Balance" })

export const Transfer = Schema.Struct({
  object: Schema.Literal("credit.transfer"), id: Schema.String, from: Schema.String, to: Schema.String, amount: Amount,
  /** `returned`: the receiver was deleted meanwhile. */
  status: Schema.Literals(["arrived", "returned"]),
}).annotate({ identifier: "CreditTransfer" })

const Days = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: MAX_RETENTION_DAYS }))

export const NamespaceRequest = Schema.Struct({
  name: Schema.String,
  /** 30 without it. */
  retention_days: Schema.optionalKey(Days),
}).annotate({ identifier: "NamespaceRequest" })

export const NamespaceChange = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  retention_days: Schema.optionalKey(Days),
}).annotate({ identifier: "NamespaceChange" })

/** `amount` in micro-credits, a decimal string. */
export const TransferRequest = Schema.Struct({ to: NamespaceId, amount: MicroCredits }).annotate({ identifier: "CreditTransferRequest" })

export const readNamespaceRequest = bodyReader(NamespaceRequest)
export const readNamespaceChange = bodyReader(NamespaceChange)
export const readTransferRequest = bodyReader(TransferRequest)

export const namespaceBody = ({ namespaceId, name, retentionDays, createdAt }: NamespaceView): typeof Namespace.Type => ({
  object: "namespace", id: namespaceId, name, retention_days: retentionDays, created_at: seconds(createdAt),
})

export const balanceBody = (namespace: string, { available, held, spent, granted, transferred }: LedgerBalance): typeof Balance.Type => ({
  object: "balance", namespace, available: String(available), held: String(held), spent: String(spent), granted: String(granted),
  transferred: String(transferred),
})
