import { availableAccount, heldAccount } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { Posting } from "#domain/kernel/money.ts"
import { defineProjection } from "../projection.ts"
import { add, put, remove, type Write } from "../writes.ts"
import { accountBalances, ledgerBalances, openHolds, openTransfers } from "./table.ts"

type Unit = "credits" | "rcp"

const post = (unit: Unit, postings: readonly Posting[]): readonly Write[] =>
  postings.flatMap(({ account, amount }) => [
    add(accountBalances, { account }, { amount }),
    put(accountBalances, { account }, { unit }),
  ])

const sumOn = (account: string, postings: readonly Posting[]): bigint =>
  postings.reduce((sum, posting) => (posting.account === account ? sum + posting.amount : sum), 0n)

interface Entry {
  readonly namespaceId: NamespaceId
  readonly postings: readonly Posting[]
}

interface More {
  readonly spent?: bigint
  readonly granted?: bigint
  readonly transferred?: bigint
}

/** The postings, and what they do to the namespace's own two accounts. */
const book = ({ namespaceId, postings }: Entry, more: More): readonly Write[] => {
  const available = sumOn(availableAccount(namespaceId), postings)
  const held = sumOn(heldAccount(namespaceId), postings)
  return [...post("credits", postings), add(ledgerBalances, { namespace_id: namespaceId }, { available, held, ...more })]
}

const endTransfer = ({ namespaceId, transferId }: { readonly namespaceId: NamespaceId; readonly transferId: string }): Write =>
  remove(openTransfers, { namespace_id: namespaceId, transfer_id: transferId })

export const balancesProjection = defineProjection({
  name: "balances",
  version: 2,
  tables: [accountBalances, ledgerBalances, openHolds, openTransfers],
  rules: {
    CreditsGranted: ({ data }) => book(data, { granted: data.amount }),
    HoldPlaced: ({ data }) => [
      ...book(data, {}),
      put(
        openHolds,
        { hold_id: data.holdId },
        {
          namespace_id: data.namespaceId,
          job_id: data.jobId,
          key_id: data.keyId,
          amount: data.amount,
          placed_at: data.at,
          expires_at: data.expiresAt,
        },
      ),
    ],
    HoldSettled: ({ data }) => [...book(data, { spent: data.price }), remove(openHolds, { hold_id: data.holdId })],
    HoldReleased: ({ data }) => [...book(data, {}), remove(openHolds, { hold_id: data.holdId })],
    CreditsSent: ({ data, position }) => [
      ...book(data, { transferred: -data.amount }),
      put(
        openTransfers,
        { namespace_id: data.namespaceId, transfer_id: data.transferId },
        { to_namespace_id: data.toNamespaceId, amount: data.amount, sent_at: data.at, position },
      ),
    ],
    CreditsReceived: ({ data }) => book(data, { transferred: data.amount }),
    TransferCompleted: ({ data }) => [endTransfer(data)],
    CreditsReturned: ({ data }) => [...book(data, { transferred: data.amount }), endTransfer(data)],
    RcpAwarded: ({ data }) => post("rcp", data.postings),
  },
})
