import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { AttemptId, Environment, GatewayId, HoldId, JobId, KeyId, NamespaceId, NodeId, SessionId, TimeMs } from "../kernel/ids.ts"

export const JobMode = Schema.Literals(["sync", "stream", "polling", "batch"])
export type JobMode = typeof JobMode.Type

export const PriorityClass = Schema.Literals(["urgent", "normal", "bulk", "test"])

export const AttemptFailure = Schema.Literals([
  "node_gone",
  "node_error",
  "timed_out",
  "rejected_by_node",
  "invalid_receipt",
  "not_enqueued",
  /** The node's model cannot do what the request asks for; another node's may. */
  "unsupported",
])
export type AttemptFailure = typeof AttemptFailure.Type

export const JobFailure = Schema.Literals(["gateway_lost", "no_node"])
export type JobFailure = typeof JobFailure.Type

/** Why an answer is complete: its end or a stop string, its limit, or calls that the client is to make. */
export const FinishReason = Schema.Literals(["stop", "length", "tool_calls"])
export type FinishReason = typeof FinishReason.Type

/** What was signed by the serving node about its answer, and by which session. */
export const Receipt = Schema.Struct({
  sessionId: SessionId,
  /** SHA-256 over the canonical JSON of the signed frame, hex. */
  digest: Schema.String,
  /** ed25519 signature of that frame, base64url. */
  signature: Schema.String,
  /** The node's own counts; the network settles on its own. */
  promptTokens: Schema.Int,
  completionTokens: Schema.Int,
  durationMs: Schema.Int,
})
export type Receipt = typeof Receipt.Type

export const schemas = {
  /** A paid request enters the network. Its content is elsewhere, encrypted; the digest proves which content it was. */
  JobSubmitted: Schema.Struct({
    jobId: JobId,
    namespaceId: NamespaceId,
    keyId: KeyId,
    holdId: HoldId,
    gatewayId: GatewayId,
    environment: Environment,
    model: Schema.String,
    mode: JobMode,
    /** What its client called: `/v1/chat/completions`. Jobs from before it was recorded lack it. */
    endpoint: Schema.optionalKey(Schema.String),
    priority: PriorityClass,
    /** Its client can ask for the answer again, and pays only for one that is there to be had. Left out: no. */
    repeatable: Schema.optionalKey(Schema.Boolean),
    promptTokens: Schema.Int,
    maxOutputTokens: Schema.Int,
    requestDigest: Schema.String,
    requestBytes: Schema.Int,
    attemptTimeoutMs: Schema.Int,
    retryLimit: Schema.Int,
    at: TimeMs,
    deadlineAt: TimeMs,
  }),
  /** One node is to do it, until `expiresAt`. `resumeFromTokens` were already delivered by earlier attempts. */
  JobAssigned: Schema.Struct({
    jobId: JobId,
    attemptId: AttemptId,
    attempt: Schema.Int,
    nodeId: NodeId,
    sessionId: SessionId,
    payee: Schema.String,
    resumeFromTokens: Schema.Int,
    at: TimeMs,
    expiresAt: TimeMs,
  }),
  /** So much of the attempt's answer has reached the client; what a lost gateway's job is settled on. */
  ProgressMarked: Schema.Struct({
    jobId: JobId,
    attemptId: AttemptId,
    deliveredTokens: Schema.Int,
    at: TimeMs,
  }),
  /** The attempt is over without an answer; its delivered tokens stay delivered. */
  AttemptFailed: Schema.Struct({
    jobId: JobId,
    attemptId: AttemptId,
    reason: AttemptFailure,
    deliveredTokens: Schema.Int,
    at: TimeMs,
  }),
  /** The client no longer wants the answer. The node is told; the job ends when it stops. */
  JobCancelRequested: Schema.Struct({ jobId: JobId, reason: Schema.String, at: TimeMs }),
  /** A verified receipt ended the job. */
  JobCompleted: Schema.Struct({
    jobId: JobId,
    attemptId: AttemptId,
    finishReason: FinishReason,
    deliveredTokens: Schema.Int,
    receipt: Receipt,
    at: TimeMs,
  }),
  /** The client left; what was generated until the cancel took effect is paid. */
  JobCancelled: Schema.Struct({
    jobId: JobId,
    attemptId: Schema.NullOr(AttemptId),
    reason: Schema.String,
    deliveredTokens: Schema.Int,
    at: TimeMs,
  }),
  /** The network could not go on; what was delivered is paid. */
  JobFailed: Schema.Struct({
    jobId: JobId,
    attemptId: Schema.NullOr(AttemptId),
    reason: JobFailure,
    deliveredTokens: Schema.Int,
    at: TimeMs,
  }),
  /** The deadline passed. */
  JobExpired: Schema.Struct({
    jobId: JobId,
    attemptId: Schema.NullOr(AttemptId),
    deliveredTokens: Schema.Int,
    at: TimeMs,
  }),
  /** Every allowed attempt failed. */
  JobDeadLettered: Schema.Struct({ jobId: JobId, attempts: Schema.Int, at: TimeMs }),
  /** The hold was there but the job never came: the stream is closed so that it cannot come later. */
  JobVoided: Schema.Struct({ jobId: JobId, namespaceId: NamespaceId, holdId: HoldId, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type JobEvent = EventOf<typeof schemas>
export type JobSubmitted = Extract<JobEvent, { type: "JobSubmitted" }>["data"]
