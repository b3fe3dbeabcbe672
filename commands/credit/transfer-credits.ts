import { Data, Effect } from "effect"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import { Commands } from "../handle.ts"

/** Credits never move between accounts, and never from or to a namespace that is not there. */
export class TransferRefused extends Data.TaggedError("TransferRefused")<{
  readonly reason: "unknown_namespace" | "namespace_deleted" | "different_accounts"
  readonly namespaceId: NamespaceId
}> {}

export interface Transfer {
  /** Natural key within the sending namespace: the same transfer twice is one. */
  readonly transferId: string
  readonly fromNamespaceId: NamespaceId
  readonly toNamespaceId: NamespaceId
  /** Micro-credits. */
  readonly amount: bigint
}

/** Finds a transfer at its sender. */
export type SentTransferRef = Pick<Transfer, "transferId" | "fromNamespaceId">

/**
 * Moves credits between two namespaces of one account: out of one ledger, into the other, and on record at the first. A process that
 * dies in between leaves a transfer under way, which repeating the command or the watchdog finishes.
 */
export const transferCredits = Effect.fnUntraced(function* (transfer: Transfer) {
  const { handle, load } = yield* Commands
  const { transferId, fromNamespaceId: namespaceId, toNamespaceId, amount } = transfer
  const known = (yield* load(creditLedger, namespaceId)).sent.get(transferId)
  // One that was sent already is finished whatever became of the namespaces.
  if (known === undefined) yield* mayTransfer(transfer)
  const send = { type: "SendCredits", namespaceId, transferId, toNamespaceId, amount, at: Date.now() } as const
  // With all that it says: of two gateways with one id and different amounts the ledger takes one and refuses the other.
  const commandId = `transfer/${namespaceId}/${transferId}/send/${toNamespaceId}/${amount}`
  yield* handle(creditLedger, namespaceId, send, { commandId, correlationId: transferId })
  return yield* finishTransfer({ transferId, fromNamespaceId: namespaceId })
})

/** What is left to do of a transfer whose credits were sent: as the sender's ledger has it, whatever anybody asked for. */
export const finishTransfer = Effect.fnUntraced(function* (transfer: SentTransferRef) {
  const { handle, load } = yield* Commands
  const { transferId, fromNamespaceId } = transfer
  const sent = (yield* load(creditLedger, fromNamespaceId)).sent.get(transferId)
  if (sent === undefined) return yield* Effect.fail({ _tag: "TransferNotFound", transferId } as const)
  const { toNamespaceId, amount } = sent
  const command = (step: string) => ({ commandId: `transfer/${fromNamespaceId}/${transferId}/${step}`, correlationId: transferId })
  const at = Date.now()
  const receive = { type: "ReceiveCredits", namespaceId: toNamespaceId, transferId: receivedAs(transfer), fromNamespaceId, amount, at } as const
  const outcome = yield* handle(creditLedger, toNamespaceId, receive, command(`receive/${toNamespaceId}/${amount}`)).pipe(
    Effect.as("arrived" as const),
    // Closed for ever: nothing can arrive there any more.
    Effect.catchTag("LedgerIsClosed", () => Effect.succeed("returned" as const)),
  )
  const type = outcome === "arrived" ? "CompleteTransfer" : "ReturnCredits"
  const ended = yield* handle(creditLedger, fromNamespaceId, { type, namespaceId: fromNamespaceId, transferId, at }, command(type))
  return { transferId, outcome, position: ended.position }
})

/** Two senders may choose the same id for a transfer. */
const receivedAs = ({ fromNamespaceId, transferId }: SentTransferRef): string => `${fromNamespaceId}/${transferId}`

const mayTransfer = Effect.fnUntraced(function* ({ fromNamespaceId, toNamespaceId }: Transfer) {
  const from = yield* accountOf(fromNamespaceId)
  const to = yield* accountOf(toNamespaceId)
  if (from !== to) return yield* new TransferRefused({ reason: "different_accounts", namespaceId: toNamespaceId })
})

const accountOf = Effect.fnUntraced(function* (namespaceId: NamespaceId) {
  const { load } = yield* Commands
  const { created, deleted } = yield* load(namespace, namespaceId)
  if (created === null) return yield* new TransferRefused({ reason: "unknown_namespace", namespaceId })
  if (deleted) return yield* new TransferRefused({ reason: "namespace_deleted", namespaceId })
  return created.accountId
})
