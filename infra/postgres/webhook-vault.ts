import { Effect } from "effect"
import type pg from "pg"
import { type WebhookVaultShape, WebhookVaultUnavailable } from "#commands/ports/webhook-vault.ts"
import { placeOf, seal, unseal } from "../crypto/seal.ts"
import { webhookKey, webhookSecret } from "../crypto/webhook-secret.ts"
import { reasonOf, ridingOutRestarts } from "./connection-retry.ts"

/** Addresses sealed under a key made of the root key; secrets made of another one when they are needed. */
export const postgresWebhookVault = (pool: pg.Pool, { rootKey }: { readonly rootKey: Buffer }): WebhookVaultShape => {
  const urlKey = webhookKey(rootKey, "urls")
  const secretKey = webhookKey(rootKey, "secrets")
  const place = (webhookId: string, version: number): Buffer => placeOf("webhook-url", webhookId, String(version))
  const tried = <Value>(work: () => Promise<Value>) =>
    Effect.tryPromise({ try: () => ridingOutRestarts(work), catch: (cause) => new WebhookVaultUnavailable({ reason: reasonOf(cause) }) })
  return {
    keepUrl: ({ webhookId, version, url }) =>
      tried(async () => {
        const text = `insert into webhooks.urls (webhook_id, version, sealed) values ($1, $2, $3)
          on conflict (webhook_id, version) do update set sealed = excluded.sealed`
        await pool.query(text, [webhookId, version, seal(urlKey, place(webhookId, version), Buffer.from(url))])
      }),
    urlOf: (webhookId, version) =>
      tried(async () => {
        const text = "select sealed from webhooks.urls where webhook_id = $1 and version = $2"
        const { rows } = await pool.query<{ readonly sealed: Buffer }>(text, [webhookId, version])
        const [row] = rows
        return row === undefined ? null : unseal(urlKey, place(webhookId, version), row.sealed).toString("utf8")
      }),
    secretOf: (webhookId, version) => webhookSecret(secretKey, webhookId, version),
  }
}
