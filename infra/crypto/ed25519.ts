import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"

/** Public keys kept as key objects; making one costs more than a verification. */
const MAX_CACHED_KEYS = 4_096
const SIGNATURE_BYTES = 64
const RAW_KEY = /^[A-Za-z0-9_-]{43}$/

export interface Ed25519Signer {
  /** Raw public key, base64url. */
  readonly publicKey: string
  /** Signature over UTF-8 `text`, base64url. */
  readonly sign: (text: string) => string
}

const signerOf = (privateKey: KeyObject): Ed25519Signer => {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" })
  if (privateKey.asymmetricKeyType !== "ed25519" || x === undefined) throw new TypeError("not an ed25519 private key")
  return { publicKey: x, sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64url") }
}

export const ed25519Signer = (pkcs8Base64: string): Ed25519Signer =>
  signerOf(createPrivateKey({ key: Buffer.from(pkcs8Base64, "base64"), format: "der", type: "pkcs8" }))

/** A key that lives in this process only. */
export const freshEd25519Signer = (): Ed25519Signer => signerOf(generateKeyPairSync("ed25519").privateKey)

export interface SignedText {
  /** Raw ed25519 public key, base64url. */
  readonly publicKey: string
  readonly text: string
  /** base64url. */
  readonly signature: string
}

/** Checks signatures; key objects are kept between calls. Never throws. */
export const ed25519Verifier = (): ((signed: SignedText) => boolean) => {
  const keys = new Map<string, KeyObject>()
  const keyOf = (raw: string): KeyObject => {
    const known = keys.get(raw)
    if (known !== undefined) return known
    if (!RAW_KEY.test(raw)) throw new TypeError("not a raw ed25519 key")
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw }, format: "jwk" })
    if (keys.size >= MAX_CACHED_KEYS) keys.clear()
    keys.set(raw, key)
    return key
  }
  return ({ publicKey, text, signature }) => {
    const bytes = Buffer.from(signature, "base64url")
    // One text per signature: what lenient decoding would also accept is refused.
    if (bytes.length !== SIGNATURE_BYTES || bytes.toString("base64url") !== signature) return false
    try {
      return verify(null, Buffer.from(text), keyOf(publicKey), bytes)
    } catch {
      return false
    }
  }
}
