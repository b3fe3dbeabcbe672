import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { MAX_CLOCK_SKEW_MS, PROTOCOL_VERSION } from "#domain/protocol/frames.ts"
import { checkEnvelope, openEnvelope } from "#gateways/io/envelope.ts"
import { ed25519Verifier } from "#infra/crypto/ed25519.ts"
import { runningSha256 } from "#infra/crypto/running-hash.ts"
import { frameSender } from "#node/session/frame-sender.ts"
import { type Expected, openFrame } from "#node/session/open-frame.ts"
import { Effect } from "effect"
import { attemptIdAt, freshIdentity, networkSignatures } from "#test/support/node-test-keys.ts"

const NOW = 1_800_000_000_000
const crypto = { verify: ed25519Verifier(), hash: runningSha256 }
const signatures = networkSignatures()

const fromNetwork = (frame: Record<string, Json>): string => {
  const text = canonicalJson({ timestamp: NOW, ...frame })
  return `{"frame":${text},"signature":"${signatures.sign(text)}"}`
}
const challenge = { type: "challenge", protocol: PROTOCOL_VERSION, nonce: "n", environment: "testnet", network_key: signatures.networkKey }
const SESSION = "sess_0190a000-0000-7000-8000-000000000001"
const cancel = { type: "cancel", session_id: SESSION, sequence: 4, attempt_id: attemptIdAt(1), reason: "client_disconnected" }
const refused = { type: "refused", code: "replaced", message: "x", fatal: true }

describe("a frame of the network", () => {
  const open = (text: string, expected: Partial<Expected> = {}) =>
    openFrame(text, { networkKey: signatures.networkKey, sessionId: SESSION, lastSequence: 3, at: NOW, crypto, ...expected })

  it("is taken when the network's key signed it", () => {
    expect(Result.getOrThrow(open(fromNetwork(cancel)))).toMatchObject(cancel)
  })

  it("is taken whatever the order of its members on the wire", () => {
    const { frame, signature } = JSON.parse(fromNetwork(cancel)) as { frame: Record<string, Json>; signature: string }
    const reordered = JSON.stringify({ signature, frame: Object.fromEntries(Object.entries(frame).reverse()) })
    expect(Result.isSuccess(open(reordered))).toBe(true)
  })

  it.each([
    ["with one letter changed", fromNetwork(cancel).replace("client", "Client"), "bad_signature"],
    ["signed by somebody else", fromNetwork(cancel), "bad_signature"],
    ["without a signature", JSON.stringify({ frame: { ...cancel, timestamp: NOW } }), "malformed"],
    ["that is no JSON", "hello?", "malformed"],
    ["of an unknown type", fromNetwork({ ...cancel, type: "dance" }), "malformed"],
    ["that is null", "null", "malformed"],
    ["with half a character in it", fromNetwork(cancel).replace("client", String.raw`\ud800`), "malformed"],
    ["from another hour", fromNetwork({ ...cancel, timestamp: NOW - MAX_CLOCK_SKEW_MS - 1 }), "stale"],
    ["that came before", fromNetwork({ ...cancel, sequence: 3 }), "replayed"],
    ["of another session", fromNetwork({ ...cancel, session_id: SESSION.replace("1", "2") }), "replayed"],
    ["of no session", fromNetwork({ type: "cancel", attempt_id: attemptIdAt(1), reason: "x" }), "malformed"],
    ["that refuses a session-less node", fromNetwork(refused), "replayed"],
    ["that challenges a node in a session", fromNetwork(challenge), "replayed"],
  ])("%s is refused", (name, text, reason) => {
    const key = name === "signed by somebody else" ? networkSignatures().networkKey : signatures.networkKey
    expect(Result.getOrThrow(Result.flip(open(text, { networkKey: key })))).toBe(reason)
  })

  it("before the key is known can only be a challenge, signed by the key that it shows", () => {
    const unknown = { networkKey: null, sessionId: null, lastSequence: -1 }
    expect(Result.isSuccess(open(fromNetwork(challenge), unknown))).toBe(true)
    expect(Result.isFailure(open(fromNetwork(cancel), unknown))).toBe(true)
    expect(Result.isFailure(open(fromNetwork({ ...challenge, network_key: networkSignatures().networkKey }), unknown))).toBe(true)
  })

  it("that refuses is taken without a session until the session's first frame, and in the session ever after", () => {
    expect(Result.isSuccess(open(fromNetwork(refused), { lastSequence: -1 }))).toBe(true)
    expect(Result.getOrThrow(open(fromNetwork({ ...refused, session_id: SESSION, sequence: 4 })))).toMatchObject({ sequence: 4 })
  })

  it("of a session means nothing to a node that has said no hello", () => {
    expect(Result.isFailure(open(fromNetwork(cancel), { sessionId: null, lastSequence: -1 }))).toBe(true)
  })
})

describe("a frame of the node", () => {
  const sendOne = async () => {
    const key = await Effect.runPromise(freshIdentity().newSession("testnet"))
    const sent: string[] = []
    const send = frameSender({ send: (text) => void sent.push(text), close: () => {} }, key, () => NOW)
    for (const busy of [0, 1]) send({ type: "heartbeat", busy, memory_bytes: 1 })
    return { sent, certificate: key.certificate }
  }
  const check = (text: string, certificate: Awaited<ReturnType<typeof sendOne>>["certificate"], lastSequence = -1) =>
    checkEnvelope(Result.getOrThrow(openEnvelope(text)), certificate, { lastSequence, at: NOW, signatures })

  it("verifies at the gateway under its session's key, one after the other", async () => {
    const { sent, certificate } = await sendOne()
    expect(sent.map((text, n) => check(text, certificate, n - 1))).toEqual([null, null])
  })

  it("is refused when it was changed on the way, is repeated, or belongs to another session", async () => {
    const { sent, certificate } = await sendOne()
    const [first = "", second = ""] = sent
    expect(check(second.replace(`"busy":1`, `"busy":2`), certificate)?.code).toBe("bad_signature")
    expect(check(first, certificate, 0)?.code).toBe("replayed_message")
    expect(check(first, (await sendOne()).certificate)?.code).toBe("bad_signature")
  })
})

describe("a signature", () => {
  it("in another spelling of the same bytes, or with a key that is none, is refused and never throws", () => {
    const signature = signatures.sign("text")
    const signed = { publicKey: signatures.networkKey, text: "text", signature }
    expect(signatures.verify(signed)).toBe(true)
    expect(signatures.verify({ ...signed, signature: `${signature}=` })).toBe(false)
    expect(signatures.verify({ ...signed, publicKey: "short" })).toBe(false)
    expect(signatures.verify({ ...signed, signature: "" })).toBe(false)
  })
})
