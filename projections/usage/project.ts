import type { EndReason } from "#domain/credit-ledger/index.ts"
import { defineProjection } from "../projection.ts"
import { add } from "../writes.ts"
import { usage } from "./table.ts"

const HOUR_MS = 3_600_000

const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS

/** A client that left is not a failure of the network. */
const failures = (reason: EndReason): bigint => (reason === "completed" || reason === "cancelled" ? 0n : 1n)

interface Ended {
  readonly namespaceId: string
  readonly keyId: string
  readonly model: string
  readonly at: number
}

const keyOf = ({ namespaceId, keyId, model, at }: Ended) => ({
  namespace_id: namespaceId,
  hour_at: hourOf(at),
  key_id: keyId,
  model,
})

export const usageProjection = defineProjection({
  name: "usage",
  version: 1,
  tables: [usage],
  rules: {
    HoldSettled: ({ data }) => [
      add(usage, keyOf(data), {
        requests: 1n,
        failed: failures(data.reason),
        prompt_tokens: BigInt(data.promptTokens),
        completion_tokens: BigInt(data.completionTokens),
        cost: data.price,
      }),
    ],
    HoldReleased: ({ data }) => [add(usage, keyOf(data), { requests: 1n, failed: failures(data.reason) })],
  },
})
