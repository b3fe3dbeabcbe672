import { createHmac } from "node:crypto"

const SECRET_PREFIX = "whsec_"

export interface SignedMessage {
  readonly id: string
  readonly body: string
  /** `whsec_…`, the current one first. */
  readonly secrets: readonly string[]
  readonly now: number
}

/**
 * The headers of a message by the Standard Webhooks specification 1.0: for each secret `v1,` and base64 of HMAC-SHA256 over
 * `<id>.<seconds since 1970>.<body>`, keyed with the bytes that the secret names in base64.
 */
export const signMessage = ({ id, body, secrets, now }: SignedMessage): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(now / 1_000))
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64")
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`
  })
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") }
}
