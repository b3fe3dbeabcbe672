import { Context, type Effect } from "effect"

export interface WebhookPost {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type WebhookAnswer =
  | { readonly status: number; readonly retryAfterMs: number | null }
  /** No answer; why, in words for the webhook's owner. */
  | { readonly problem: string }

export interface WebhookSenderShape {
  /** Why a message must not go there, in words for whoever asks for it; null: it may. Looks at the address alone, not at what its name resolves to. */
  readonly refusal: (url: string) => string | null
  /** Posts it, following no redirect, to an address that may be reached; within a bounded time. */
  readonly post: (message: WebhookPost) => Effect.Effect<WebhookAnswer>
}

/** The way out to webhooks' receivers. */
export class WebhookSender extends Context.Service<WebhookSender, WebhookSenderShape>()("commands/WebhookSender") {}
