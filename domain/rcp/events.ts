import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { AttemptId, JobId, NodeId, TimeMs } from "../kernel/ids.ts"
import { MilliRcp } from "../kernel/money.ts"

export const RcpPosting = Schema.Struct({ account: Schema.String, amount: MilliRcp })

export const schemas = {
  /** Points for one served attempt, by the rules of `policyHash`. */
  RcpAwarded: Schema.Struct({
    payee: Schema.String,
    nodeId: NodeId,
    jobId: JobId,
    attemptId: AttemptId,
    outputTokens: Schema.Int,
    promptTokens: Schema.Int,
    qualityPercent: Schema.Int,
    policyHash: Schema.String,
    amount: MilliRcp,
    postings: Schema.Array(RcpPosting),
    at: TimeMs,
  }),
}

export const codec = eventCodec(schemas)
export type RcpEvent = EventOf<typeof schemas>
