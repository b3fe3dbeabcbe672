import { createHmac, hkdfSync } from "node:crypto"

const KEY_BYTES = 32

/** A key of its own for this use: whoever learns a webhook's secret learns nothing of the root key. */
export const webhookKey = (rootKey: Buffer, use: "secrets" | "urls"): Buffer =>
  Buffer.from(hkdfSync("sha256", rootKey, "", `resultity/webhooks/${use}`, KEY_BYTES))

/** `whsec_` and 32 bytes in base64, as the Standard Webhooks specification wants it. */
export const webhookSecret = (key: Buffer, webhookId: string, version: number): string =>
  `whsec_${createHmac("sha256", key).update(JSON.stringify([webhookId, version])).digest("base64")}`
