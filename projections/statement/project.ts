import { availableAccount } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { Posting } from "#domain/kernel/money.ts"
import { defineProjection } from "../projection.ts"
import { append, type Write } from "../writes.ts"
import { statementLines } from "./table.ts"

interface Entry {
  readonly namespaceId: NamespaceId
  readonly postings: readonly Posting[]
}

const availableChange = ({ namespaceId, postings }: Entry): bigint => {
  const account = availableAccount(namespaceId)
  return postings.reduce((sum, posting) => (posting.account === account ? sum + posting.amount : sum), 0n)
}

interface Moved extends Entry {
  readonly other: string
  readonly at: number
  readonly position: bigint
}

const transferLine = (kind: string, moved: Moved): Write =>
  append(
    statementLines,
    { namespace_id: moved.namespaceId, position: moved.position },
    { kind, amount: availableChange(moved), at: moved.at, reason: moved.other },
  )

export const statementProjection = defineProjection({
  name: "statement",
  version: 2,
  tables: [statementLines],
  rules: {
    CreditsGranted: ({ data, position }) => [
      append(
        statementLines,
        { namespace_id: data.namespaceId, position },
        { kind: "grant", amount: availableChange(data), at: data.at, reason: data.reason },
      ),
    ],
    HoldPlaced: ({ data, position }) => [
      append(
        statementLines,
        { namespace_id: data.namespaceId, position },
        {
          kind: "hold",
          amount: availableChange(data),
          at: data.at,
          job_id: data.jobId,
          key_id: data.keyId,
          model: data.quote.model,
          prompt_tokens: data.quote.promptTokens,
        },
      ),
    ],
    HoldSettled: ({ data, position }) => [
      append(
        statementLines,
        { namespace_id: data.namespaceId, position },
        {
          kind: "settle",
          amount: availableChange(data),
          at: data.at,
          job_id: data.jobId,
          key_id: data.keyId,
          model: data.model,
          prompt_tokens: data.promptTokens,
          completion_tokens: data.completionTokens,
          price: data.price,
          reason: data.reason,
        },
      ),
    ],
    HoldReleased: ({ data, position }) => [
      append(
        statementLines,
        { namespace_id: data.namespaceId, position },
        {
          kind: "release",
          amount: availableChange(data),
          at: data.at,
          job_id: data.jobId,
          key_id: data.keyId,
          model: data.model,
          price: 0n,
          reason: data.reason,
        },
      ),
    ],
    CreditsSent: ({ data, position }) => [transferLine("transfer_out", { ...data, other: `to ${data.toNamespaceId}`, position })],
    CreditsReceived: ({ data, position }) => [transferLine("transfer_in", { ...data, other: `from ${data.fromNamespaceId}`, position })],
    CreditsReturned: ({ data, position }) => [
      transferLine("transfer_returned", { ...data, other: `not received by ${data.toNamespaceId}`, position }),
    ],
  },
})
