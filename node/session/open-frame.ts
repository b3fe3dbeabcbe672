import { Result, Schema } from "effect"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { MAX_CLOCK_SKEW_MS, type NetworkFrame, SignedNetworkFrame } from "#domain/protocol/frames.ts"
import type { FrameCryptoShape } from "../ports/frame-crypto.ts"

export type BadFrame = "malformed" | "bad_signature" | "stale"

const decodeSigned = Schema.decodeUnknownResult(SignedNetworkFrame)

/** Text → frame of the network with this key; a challenge before the key is known must be signed by the key that it shows. */
export const openFrame = (
  text: string,
  expected: { readonly networkKey: string | null; readonly at: number; readonly crypto: FrameCryptoShape },
): Result.Result<NetworkFrame, BadFrame> => {
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
  return Math.abs(at - frame.timestamp) > MAX_CLOCK_SKEW_MS ? Result.fail("stale") : Result.succeed(frame)
}
