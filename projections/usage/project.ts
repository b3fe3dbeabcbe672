import type { EndedRequest, EndReason } from "#domain/credit-ledger/index.ts"
import { defineProjection } from "../projection.ts"
import type { Increments } from "../table-definition.ts"
import { add, type Write } from "../writes.ts"
import { bucketColumn, bucketOf } from "./histogram.ts"
import { usage } from "./table.ts"

/** Small enough to see a failure begin, large enough for a table of years. */
export const BUCKET_MS = 5 * 60 * 1_000

interface Ended {
  readonly namespaceId: string
  readonly keyId: string
  readonly model: string
  readonly reason: EndReason
  readonly request?: EndedRequest
  readonly at: number
}

type Counts = Increments<typeof usage.columns>

/** Of requests from before it was recorded. */
const UNKNOWN = { endpoint: "unknown", mode: "unknown" }

const count = (ended: Ended, charged: Counts): readonly Write[] => {
  const { namespaceId, keyId, model, reason, request, at } = ended
  const { endpoint, mode } = request ?? UNKNOWN
  const key = { namespace_id: namespaceId, bucket_at: Math.floor(at / BUCKET_MS) * BUCKET_MS, key_id: keyId, model, endpoint, mode }
  return [add(usage, key, { requests: 1n, ...outcome(reason), ...charged, ...(request !== undefined && times(request)) })]
}

/** A client that left is not a failure of the network. */
const outcome = (reason: EndReason): Counts => {
  if (reason === "completed") return { succeeded: 1n }
  return reason === "cancelled" ? { cancelled: 1n } : { failed: 1n }
}

const times = ({ durationMs, latencyMs }: EndedRequest): Counts => ({
  timed: 1n,
  duration_ms: BigInt(durationMs),
  [bucketColumn("duration", bucketOf(durationMs))]: 1n,
  ...(latencyMs !== null && { latency_timed: 1n, latency_ms: BigInt(latencyMs), [bucketColumn("latency", bucketOf(latencyMs))]: 1n }),
})

/** What was asked and what it cost, for everybody who pays. Its sums are the ledger's: both count the same events. */
export const usageProjection = defineProjection({
  name: "usage",
  version: 2,
  tables: [usage],
  rules: {
    HoldSettled: ({ data }) =>
      count(data, { prompt_tokens: BigInt(data.promptTokens), completion_tokens: BigInt(data.completionTokens), cost: data.price }),
    HoldReleased: ({ data }) => (data.reason === "never_submitted" ? [] : count(data, {})),
  },
})
