import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { NamespaceId, WebhookId } from "../kernel/ids.ts"
import { codec, type WebhookEvent, type WebhookSettings } from "./events.ts"

/** Webhooks that a namespace may have at once. */
export const MAX_WEBHOOKS = 20
/** For receivers to change over to a new secret. */
export const SECRET_OVERLAP_MS = 24 * 60 * 60 * 1_000

export interface Webhook {
  readonly settings: WebhookSettings
  readonly secretVersion: number
  readonly disabled: "failing" | "gone" | "by_owner" | null
}

/** Those of one namespace. */
export interface Webhooks {
  readonly webhooks: ReadonlyMap<WebhookId, Webhook>
  readonly deleted: ReadonlySet<WebhookId>
}

interface About {
  readonly namespaceId: NamespaceId
  readonly webhookId: WebhookId
  readonly at: number
}

export interface CreateWebhook extends About {
  readonly type: "CreateWebhook"
  readonly settings: WebhookSettings
}

export interface SetWebhook extends About {
  readonly type: "SetWebhook"
  readonly settings: WebhookSettings
}

export interface RotateWebhookSecret extends About {
  readonly type: "RotateWebhookSecret"
  /** The version that is to be replaced: asking twice rotates once. */
  readonly from: number
}

export interface DisableWebhook extends About {
  readonly type: "DisableWebhook"
  readonly reason: "failing" | "gone" | "by_owner"
}

export interface EnableWebhook extends About {
  readonly type: "EnableWebhook"
}

export interface DeleteWebhook extends About {
  readonly type: "DeleteWebhook"
}

export type WebhookCommand = CreateWebhook | SetWebhook | RotateWebhookSecret | DisableWebhook | EnableWebhook | DeleteWebhook

export type WebhookRejection =
  | { readonly _tag: "WebhookExists"; readonly webhookId: string }
  | { readonly _tag: "WebhookNotFound"; readonly webhookId: string }
  | { readonly _tag: "TooManyWebhooks"; readonly most: number }

type Decision = Result.Result<readonly WebhookEvent[], WebhookRejection>

const change = (state: Webhooks, webhookId: WebhookId, changed: (webhook: Webhook) => Webhook): Webhooks => {
  const known = state.webhooks.get(webhookId)
  return known === undefined ? state : { ...state, webhooks: new Map(state.webhooks).set(webhookId, changed(known)) }
}

const apply = (state: Webhooks, { type, data }: WebhookEvent): Webhooks => {
  const { webhookId } = data
  switch (type) {
    case "WebhookCreated":
      return { ...state, webhooks: new Map(state.webhooks).set(webhookId, { settings: data.settings, secretVersion: 1, disabled: null }) }
    case "WebhookReconfigured":
      return change(state, webhookId, (webhook) => ({ ...webhook, settings: data.settings }))
    case "WebhookSecretRotated":
      return change(state, webhookId, (webhook) => ({ ...webhook, secretVersion: data.secretVersion }))
    case "WebhookDisabled":
      return change(state, webhookId, (webhook) => ({ ...webhook, disabled: data.reason }))
    case "WebhookEnabled":
      return change(state, webhookId, (webhook) => ({ ...webhook, disabled: null }))
    case "WebhookDeleted": {
      const webhooks = new Map(state.webhooks)
      webhooks.delete(webhookId)
      return { webhooks, deleted: new Set(state.deleted).add(webhookId) }
    }
  }
}

const same = (a: WebhookSettings, b: WebhookSettings): boolean =>
  JSON.stringify([a.host, a.urlVersion, a.description, a.types, a.models, a.includeContent]) ===
  JSON.stringify([b.host, b.urlVersion, b.description, b.types, b.models, b.includeContent])

const create = ({ type: _, ...data }: CreateWebhook, { webhooks, deleted }: Webhooks): Decision => {
  const { webhookId } = data
  const known = webhooks.get(webhookId)
  if (known !== undefined && same(known.settings, data.settings)) return Result.succeed([])
  if (known !== undefined || deleted.has(webhookId)) return Result.fail({ _tag: "WebhookExists", webhookId })
  if (webhooks.size >= MAX_WEBHOOKS) return Result.fail({ _tag: "TooManyWebhooks", most: MAX_WEBHOOKS })
  return Result.succeed([{ type: "WebhookCreated", data }])
}

const decide =
  (command: WebhookCommand) =>
  (state: Webhooks): Decision => {
    if (command.type === "CreateWebhook") return create(command, state)
    const { namespaceId, webhookId, at } = command
    const ids = { namespaceId, webhookId, at }
    const known = state.webhooks.get(webhookId)
    if (command.type === "DeleteWebhook" && state.deleted.has(webhookId)) return Result.succeed([])
    if (known === undefined) return Result.fail({ _tag: "WebhookNotFound", webhookId })
    return Result.succeed(changes(command, known, ids))
  }

const changes = (command: Exclude<WebhookCommand, CreateWebhook>, known: Webhook, ids: About): readonly WebhookEvent[] => {
  switch (command.type) {
    case "SetWebhook":
      return same(known.settings, command.settings) ? [] : [{ type: "WebhookReconfigured", data: { ...ids, settings: command.settings } }]
    case "RotateWebhookSecret":
      if (known.secretVersion !== command.from) return []
      return [{ type: "WebhookSecretRotated", data: { ...ids, secretVersion: command.from + 1, overlapUntil: ids.at + SECRET_OVERLAP_MS } }]
    case "DisableWebhook":
      return known.disabled === null ? [{ type: "WebhookDisabled", data: { ...ids, reason: command.reason } }] : []
    case "EnableWebhook":
      return known.disabled === null ? [] : [{ type: "WebhookEnabled", data: ids }]
    case "DeleteWebhook":
      return [{ type: "WebhookDeleted", data: ids }]
  }
}

export const webhooks: Decider<Webhooks, WebhookCommand, WebhookEvent, WebhookRejection> = {
  category: "webhooks",
  codec,
  initial: { webhooks: new Map(), deleted: new Set() },
  fold: foldWith(apply),
  decide,
}
