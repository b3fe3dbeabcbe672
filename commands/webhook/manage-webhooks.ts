import { Data, Effect } from "effect"
import type { NamespaceId, WebhookId } from "#domain/kernel/ids.ts"
import { type WebhookCommand, webhooks, type WebhookSettings } from "#domain/webhook/index.ts"
import { Commands } from "../handle.ts"
import { newWebhookId, uuidV7 } from "../ids.ts"
import { WebhookSender } from "../ports/webhook-sender.ts"
import { WebhookVault } from "../ports/webhook-vault.ts"

/** Messages may not go there. */
export class WebhookUrlRefused extends Data.TaggedError("WebhookUrlRefused")<{ readonly expected: string }> {
  override get message(): string {
    return `expected ${this.expected}`
  }
}

/** No such webhook in this namespace. */
export class UnknownWebhook extends Data.TaggedError("UnknownWebhook")<{ readonly webhookId: string }> {
  override get message(): string {
    return `there is no webhook ${this.webhookId}`
  }
}

export type WebhookChoices = Omit<WebhookSettings, "host" | "urlVersion">

interface OneWebhook {
  readonly namespaceId: NamespaceId
  readonly webhookId: WebhookId
}

const run = Effect.fnUntraced(function* (command: WebhookCommand) {
  const { handle } = yield* Commands
  const { namespaceId, webhookId } = command
  return yield* handle(webhooks, namespaceId, command, { commandId: `${webhookId}/${command.type}/${uuidV7()}`, correlationId: webhookId }).pipe(
    Effect.catchTag("WebhookNotFound", () => Effect.fail(new UnknownWebhook({ webhookId }))),
  )
})

/** The address is kept sealed before the log hears of it. */
const keepUrl = Effect.fnUntraced(function* ({ webhookId }: OneWebhook, url: string, version: number) {
  const vault = yield* WebhookVault
  const sender = yield* WebhookSender
  const expected = sender.refusal(url)
  if (expected !== null) return yield* new WebhookUrlRefused({ expected })
  yield* vault.keepUrl({ webhookId, version, url })
  return { host: new URL(url).host, urlVersion: version }
})

/** Gives the secret, which anybody who may manage the webhook can see again only by rotating it. */
export const createWebhook = Effect.fnUntraced(function* ({ namespaceId, url, choices }: { readonly namespaceId: NamespaceId; readonly url: string; readonly choices: WebhookChoices }) {
  const vault = yield* WebhookVault
  const webhookId = newWebhookId()
  const settings = { ...choices, ...(yield* keepUrl({ namespaceId, webhookId }, url, 1)) }
  const { position } = yield* run({ type: "CreateWebhook", namespaceId, webhookId, settings, at: Date.now() })
  return { webhookId, secret: vault.secretOf(webhookId, 1), position }
})

const find = Effect.fnUntraced(function* ({ namespaceId, webhookId }: OneWebhook) {
  const { load } = yield* Commands
  const known = (yield* load(webhooks, namespaceId)).webhooks.get(webhookId)
  return known ?? (yield* new UnknownWebhook({ webhookId }))
})

/** What is not given stays as it is. */
export const changeWebhook = Effect.fnUntraced(function* (
  one: OneWebhook,
  { url, choices }: { readonly url: string | null; readonly choices: Partial<WebhookChoices> },
) {
  const { settings } = yield* find(one)
  const address = url === null ? {} : yield* keepUrl(one, url, settings.urlVersion + 1)
  return yield* run({ type: "SetWebhook", ...one, settings: { ...settings, ...choices, ...address }, at: Date.now() })
})

/** Messages are signed with both secrets for a day. */
export const rotateWebhookSecret = Effect.fnUntraced(function* (one: OneWebhook) {
  const vault = yield* WebhookVault
  const { secretVersion } = yield* find(one)
  const { position } = yield* run({ type: "RotateWebhookSecret", ...one, from: secretVersion, at: Date.now() })
  return { secret: vault.secretOf(one.webhookId, secretVersion + 1), position }
})

export const enableWebhook = (one: OneWebhook) => run({ type: "EnableWebhook", ...one, at: Date.now() })
export const disableWebhook = (one: OneWebhook) => run({ type: "DisableWebhook", ...one, reason: "by_owner", at: Date.now() })
export const deleteWebhook = (one: OneWebhook) => run({ type: "DeleteWebhook", ...one, at: Date.now() })
