import { Effect } from "effect"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"

export interface Grant {
  readonly namespaceId: NamespaceId
  /** Natural key: the same grant twice is one grant. */
  readonly grantId: string
  /** Micro-credits. */
  readonly amount: bigint
  readonly reason: string
}

export const grantCredits = Effect.fnUntraced(function* (grant: Grant) {
  const { handle } = yield* Commands
  const command = { type: "GrantCredits", ...grant, at: Date.now() } as const
  // With its amount: two processes that grant different amounts under one id at once must meet in the ledger.
  const meta = { commandId: `grant/${grant.namespaceId}/${grant.grantId}/${grant.amount}`, correlationId: grant.namespaceId }
  return yield* handle(creditLedger, grant.namespaceId, command, meta)
})
