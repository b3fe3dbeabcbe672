import { availableAccount } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { Posting } from "#domain/kernel/money.ts"
import { defineProjection } from "../projection.ts"
import { append } from "../writes.ts"
import { statementLines } from "./table.ts"

interface Entry {
  readonly namespaceId: NamespaceId
  readonly postings: readonly Posting[]
}

const availableChange = ({ namespaceId, postings }: Entry): bigint => {
  const account = availableAccount(namespaceId)
  return postings.reduce((sum, posting) => (posting.account === account ? sum + posting.amount : sum), 0n)
}

export const statementProjection = defineProjection({
  name: "statement",
  version: 1,
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
  },
})
