import { availableAccount, heldAccount } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { Posting } from "#domain/kernel/money.ts"
import { defineProjection } from "../projection.ts"
import { add, put, remove, type Write } from "../writes.ts"
import { accountBalances, ledgerBalances, openHolds } from "./table.ts"

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

/** The postings, and what they do to the namespace's own two accounts. */
const book = ({ namespaceId, postings }: Entry, more: { readonly spent?: bigint; readonly granted?: bigint }): readonly Write[] => {
  const available = sumOn(availableAccount(namespaceId), postings)
  const held = sumOn(heldAccount(namespaceId), postings)
  return [...post("credits", postings), add(ledgerBalances, { namespace_id: namespaceId }, { available, held, ...more })]
}

export const balancesProjection = defineProjection({
  name: "balances",
  version: 1,
  tables: [accountBalances, ledgerBalances, openHolds],
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
    RcpAwarded: ({ data }) => post("rcp", data.postings),
  },
})
