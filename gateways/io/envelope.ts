import { Result, Schema } from "effect"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { MAX_CLOCK_SKEW_MS, type NodeFrame, type RefusalCode, SignedNodeFrame } from "#domain/protocol/frames.ts"
import type { NodeSignaturesShape } from "../ports/node-signatures.ts"

export interface Refusal {
  readonly code: RefusalCode
  readonly message: string
}

/** What a session's frames must agree with; null before `hello`, which brings its own key. */
export interface SessionKey {
  readonly nodeId: string
  readonly sessionId: string
  readonly publicKey: string
}

interface Opened {
  readonly frame: NodeFrame
  readonly signature: string
  /** The exact text that was signed. */
  readonly signedText: string
}

const decodeSigned = Schema.decodeUnknownResult(SignedNodeFrame)
const refuse = (code: RefusalCode, message: string): Result.Result<never, Refusal> => Result.fail({ code, message })

/** Text → frame, without trusting it yet. Everything a node sends is hostile until this succeeds. */
export const openEnvelope = (text: string): Result.Result<Opened, Refusal> => {
  let json: { readonly frame?: Json } | null
  try {
    json = JSON.parse(text)
  } catch {
    return refuse("malformed_frame", "the message is not JSON")
  }
  const decoded = decodeSigned(json)
  if (Result.isFailure(decoded)) return refuse("malformed_frame", describe(json?.frame))
  try {
    const signedText = canonicalJson(json?.frame ?? null)
    return Result.succeed({ ...decoded.success, signedText })
  } catch {
    return refuse("malformed_frame", "the frame has no canonical JSON form")
  }
}

/** Is it from this session, from now, new, and really signed? */
export const checkEnvelope = (
  opened: Opened,
  key: SessionKey,
  session: { readonly lastSequence: number; readonly at: number; readonly signatures: NodeSignaturesShape },
): Refusal | null => {
  const { frame, signature, signedText } = opened
  if (frame.node_id !== key.nodeId || frame.session_id !== key.sessionId) {
    return { code: "bad_signature", message: "node_id or session_id is not this session's" }
  }
  if (!session.signatures.verify({ publicKey: key.publicKey, text: signedText, signature })) {
    return { code: "bad_signature", message: `the signature of this ${frame.type} frame does not verify` }
  }
  if (frame.sequence <= session.lastSequence) {
    return { code: "replayed_message", message: `sequence ${frame.sequence} is not above ${session.lastSequence}` }
  }
  if (Math.abs(session.at - frame.timestamp) > MAX_CLOCK_SKEW_MS) {
    return { code: "stale_message", message: `timestamp is more than ${MAX_CLOCK_SKEW_MS / 1000} s from the network's clock` }
  }
  return null
}

/** Names the frame type and nothing of its content. */
const describe = (frame: Json | undefined): string => {
  const type = typeof frame === "object" && frame !== null && "type" in frame ? frame["type"] : undefined
  return typeof type === "string" && /^[a-z_]{1,32}$/.test(type)
    ? `a field of this ${type} frame is missing or has the wrong type`
    : "not a signed frame of this protocol"
}
