import { Result, Schema } from "effect"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { MAX_CLOCK_SKEW_MS, type NetworkFrame, SignedNetworkFrame } from "#domain/protocol/frames.ts"
import type { FrameCryptoShape } from "../ports/frame-crypto.ts"

export type BadFrame = "malformed" | "bad_signature" | "stale" | "replayed"

/** What a frame must agree with. */
export interface Expected {
  /** Null: not known yet, and shown by the challenge. */
  readonly networkKey: string | null
  /** Null: this node has not said hello yet. */
  readonly sessionId: string | null
  /** Of the session's last frame from the network; -1 before the first. */
  readonly lastSequence: number
  readonly at: number
  readonly crypto: FrameCryptoShape
}

const decodeSigned = Schema.decodeUnknownResult(SignedNetworkFrame)

/** Text → frame of the network with this key; a challenge before the key is known must be signed by the key that it shows. */
export const openFrame = (text: string, expected: Expected): Result.Result<NetworkFrame, BadFrame> => {
  const { networkKey, at, crypto } = expected
  let json: { readonly frame?: Json } | null
  let signedText: string
  try {
    json = JSON.parse(text)
    signedText = canonicalJson(json?.frame ?? null)
  } catch {
    return Result.fail("malformed")
  }
  const decoded = decodeSigned(json)
  if (Result.isFailure(decoded)) return Result.fail("malformed")
  const { frame, signature } = decoded.success
  const publicKey = networkKey ?? (frame.type === "challenge" ? frame.network_key : null)
  if (publicKey === null || !crypto.verify({ publicKey, text: signedText, signature })) return Result.fail("bad_signature")
  if (Math.abs(at - frame.timestamp) > MAX_CLOCK_SKEW_MS) return Result.fail("stale")
  return isNext(frame, expected) ? Result.succeed(frame) : Result.fail("replayed")
}

/** A frame of this session, later than all before it. What belongs to no session counts only until the first that does. */
const isNext = (frame: NetworkFrame, { sessionId, lastSequence }: Expected): boolean =>
  "session_id" in frame ? frame.session_id === sessionId && frame.sequence > lastSequence : lastSequence === -1
