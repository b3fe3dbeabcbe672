import { Schema } from "effect"
import { AttemptId, Environment, JobId, NodeId, SessionId, TimeMs } from "../kernel/ids.ts"
import { SessionCertificate } from "../node/index.ts"
import { InferenceRequest, ModelFeature, Task } from "./inference-request.ts"

/** Version of the frames below. A node and a network that differ refuse each other by name. */
export const PROTOCOL_VERSION = 3

/** A message older or newer than this is refused (clock skew and replay bound). */
export const MAX_CLOCK_SKEW_MS = 60_000

/** Largest frame either side accepts. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024

const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What every node frame carries besides its own fields; `sequence` increases strictly within a session. */
const fromNode = { node_id: NodeId, session_id: SessionId, sequence: count, timestamp: TimeMs }

/** Names that go into the log and the read models: printable, so that no store stumbles over them. */
const printable = (maximum: number) => Schema.String.check(Schema.isPattern(new RegExp(`^[\\x20-\\x7e]{1,${maximum}}$`)))

export const ModelOffer = Schema.Struct({
  name: printable(128),
  /** SHA-256 of the model file, hex. */
  hash: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
  context_length: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000_000 })),
  tasks: Schema.Array(Task).check(Schema.isBetweenLength(1, 3)),
  features: Schema.Array(ModelFeature).check(Schema.isBetweenLength(0, 16)),
})
export type ModelOffer = typeof ModelOffer.Type

const frame = <Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.Literal(type), ...fromNode, ...fields })

/** First frame of a session: repeats the network's nonce, so that an old hello is worthless. */
export const Hello = frame("hello", {
  protocol: Schema.Int,
  nonce: Schema.String,
  certificate: SessionCertificate,
  version: printable(64),
  slots: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1024 })),
  models: Schema.Array(ModelOffer).check(Schema.isBetweenLength(1, 64)),
})

/** Answer to `test`: the answer's text with its records, how many tokens it took and how long. */
export const Tested = frame("tested", {
  model: Schema.String,
  text: Schema.String.check(Schema.isBetweenLength(0, 128 * 1024)),
  /** Of the answer; of the prompt where the answer has none, as vectors do. */
  tokens: count,
  duration_ms: Schema.Number,
})

export const Heartbeat = frame("heartbeat", { busy: count, memory_bytes: count })
/** The node has an assignment and nothing to show for it yet; text or an ending says the same. */
export const Accepted = frame("accepted", { attempt_id: AttemptId })
export const Declined = frame("declined", {
  attempt_id: AttemptId,
  /** `unsupported`: the model cannot do what the request asks for. */
  reason: Schema.Literals(["no_slot", "unknown_model", "expired", "context_length", "draining", "unsupported"]),
})

export const TokenChunk = Schema.Struct({
  attempt_id: AttemptId,
  /** 0, 1, 2, … within the attempt. */
  index: count,
  text: Schema.String,
  /** Tokens that became this text; 0 is possible for held-back text. */
  tokens: count,
})
export type TokenChunk = typeof TokenChunk.Type

/** Chunks of all running attempts since the last such frame: one signature for many streams. */
export const Tokens = frame("tokens", {
  chunks: Schema.Array(TokenChunk).check(Schema.isBetweenLength(1, 4096)),
})

/** The node's signed statement about one finished attempt. All its chunks were sent before it. */
export const ReceiptFrame = frame("receipt", {
  job_id: JobId,
  attempt_id: AttemptId,
  /** `cancelled`: stopped because the network asked. */
  finish_reason: Schema.Literals(["stop", "length", "tool_calls", "cancelled"]),
  prompt_tokens: count,
  completion_tokens: count,
  /** SHA-256 of this attempt's whole text in UTF-8, hex. */
  answer_hash: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
  duration_ms: count,
})
export type ReceiptFrame = typeof ReceiptFrame.Type

export const AttemptFailedFrame = frame("failed", {
  attempt_id: AttemptId,
  message: Schema.String.check(Schema.isBetweenLength(0, 512)),
})

/** Answer to `count`: tokens of the prompt as the model takes it (a chat with its template), or why not. */
export const Counted = frame("counted", {
  request_id: Schema.String,
  result: Schema.Union([
    /** `longest`: of what must fit into the context at once, which is the whole prompt, or one of several inputs. */
    Schema.Struct({ ok: Schema.Literal(true), tokens: count, longest: count }),
    /** `unsupported`: the model cannot do what the request asks for; the message names it, and shows no content. */
    Schema.Struct({
      ok: Schema.Literal(false), reason: Schema.Literals(["failed", "unsupported"]),
      message: Schema.String.check(Schema.isBetweenLength(0, 512)),
    }),
  ]),
})

/** The node leaves on purpose: finish what runs, send nothing new. */
export const Bye = frame("bye", { reason: Schema.String })

export const NodeFrame = Schema.Union([
  Tokens, ReceiptFrame, Accepted, Counted, Heartbeat, Declined, AttemptFailedFrame, Hello, Tested, Bye,
])
export type NodeFrame = typeof NodeFrame.Type

/** What the node signs and sends: `signature` is ed25519 (session key) over the canonical JSON of `frame`, base64url. */
export const SignedNodeFrame = Schema.Struct({ frame: NodeFrame, signature: Schema.String })

/**
 * What every network frame carries from the answer to `hello` on; `sequence` increases strictly within a session. A recorded frame is
 * worthless in another session, and in its own.
 */
const toNode = { session_id: SessionId, sequence: count, timestamp: TimeMs }

/** Sent by the network as soon as the socket opens. `network_key` is its raw ed25519 public key, base64url; nodes pin it. */
export const Challenge = Schema.Struct({
  type: Schema.Literal("challenge"),
  timestamp: TimeMs,
  protocol: Schema.Int,
  nonce: Schema.String,
  environment: Environment,
  network_key: Schema.String,
})
export const Welcome = Schema.Struct({
  type: Schema.Literal("welcome"), ...toNode, heartbeat_ms: Schema.Int,
})
/** Do this and answer with `tested`: something that each model with such a task can do. */
export const Test = Schema.Struct({
  type: Schema.Literal("test"), ...toNode,
  model: Schema.String, request: InferenceRequest, max_output_tokens: Schema.Int,
})
/** The node may now be given jobs for these models. */
export const Activated = Schema.Struct({
  type: Schema.Literal("activated"), ...toNode, models: Schema.Array(Schema.String),
})
const refusal = {
  code: Schema.Literals([
    "malformed_frame", "bad_signature", "bad_certificate", "wrong_environment", "wrong_protocol", "stale_message", "replayed_message",
    "unexpected_frame", "unknown_attempt", "receipt_mismatch", "receipt_conflict", "test_failed", "frame_too_large", "replaced", "unavailable",
  ]),
  message: Schema.String, fatal: Schema.Boolean,
}
/** Something the node sent was wrong; `fatal` closes the connection. */
export const Refused = Schema.Struct({ type: Schema.Literal("refused"), ...toNode, ...refusal })
/** The same before a valid `hello` came: there is no session yet. A node in a session ignores it. */
export const RefusedEarly = Schema.Struct({ type: Schema.Literal("refused"), timestamp: TimeMs, ...refusal })
export type RefusalCode = (typeof Refused.Type)["code"]
export const Assign = Schema.Struct({
  type: Schema.Literal("assign"), ...toNode,
  job_id: JobId, attempt_id: AttemptId, model: Schema.String,
  request: InferenceRequest,
  /** The answer so far; continue right after it. */
  delivered_text: Schema.String,
  max_output_tokens: Schema.Int,
  expires_at: TimeMs,
})
export type Assign = typeof Assign.Type
export const Cancel = Schema.Struct({
  type: Schema.Literal("cancel"), ...toNode, attempt_id: AttemptId, reason: Schema.String,
})
export const Count = Schema.Struct({
  type: Schema.Literal("count"), ...toNode,
  request_id: Schema.String, model: Schema.String, request: InferenceRequest,
})

/** `RefusedEarly` comes last: it fits every `Refused`. */
export const NetworkFrame = Schema.Union([Assign, Count, Cancel, Challenge, Welcome, Test, Activated, Refused, RefusedEarly])
export type NetworkFrame = typeof NetworkFrame.Type

/** What the network signs and sends, with its ed25519 network key. */
export const SignedNetworkFrame = Schema.Struct({ frame: NetworkFrame, signature: Schema.String })
