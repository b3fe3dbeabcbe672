import { Context, Data, type Effect } from "effect"
import type { NamespaceId, WebhookId } from "#domain/kernel/ids.ts"

/** A message that is to be sent now, and to whom. */
export interface DueDelivery {
  /** The same for every attempt and replay: receivers know by it what they have. */
  readonly deliveryId: string
  readonly webhookId: WebhookId
  readonly namespaceId: NamespaceId
  readonly type: string
  readonly jobId: string | null
  /** Plain JSON. */
  readonly data: Readonly<Record<string, unknown>>
  readonly happenedAt: number
  /** When it was made, or replayed. */
  readonly askedAt: number
  /** Attempts before this one, since then. */
  readonly tries: number
  readonly urlVersion: number
  readonly secretVersion: number
  /** Until then it is signed with the secret before, too. */
  readonly overlapUntil: number
  readonly includeContent: boolean
}

export interface DeliveryAttempt {
  readonly deliveryId: string
  readonly webhookId: WebhookId
  readonly at: number
  readonly durationMs: number
  /** Null: there was no answer. */
  readonly status: number | null
  /** Null: it was delivered. */
  readonly problem: string | null
  /** When it is tried again; null: it is not. */
  readonly nextAt: number | null
}

export class WebhookDeliveriesUnavailable extends Data.TaggedError("WebhookDeliveriesUnavailable")<{ readonly reason: string }> {}

type Tried<Value> = Effect.Effect<Value, WebhookDeliveriesUnavailable>

export interface WebhookDeliveriesShape {
  /** Makes messages of what happened since the last call, in the order of the log, each once; how many events it looked at. */
  readonly make: (limit: number) => Tried<number>
  /**
   * Takes due messages for sending, oldest first, so many of each webhook beside those that are `sending`. Until `until` nobody else
   * gets them; then they are due again.
   */
  readonly claim: (query: {
    readonly now: number
    readonly until: number
    readonly limit: number
    readonly perWebhook: number
    readonly sending: ReadonlyMap<WebhookId, number>
  }) => Tried<readonly DueDelivery[]>
  /** Keeps how an attempt went; since when nothing succeeded at this webhook, or null. */
  readonly record: (attempt: DeliveryAttempt) => Tried<number | null>
  /** Has a message sent that says nothing but that it came; its delivery's id. */
  readonly test: (webhook: { readonly webhookId: WebhookId; readonly namespaceId: NamespaceId; readonly now: number }) => Tried<string>
  /** Has one message sent again; false: there is none of this id. */
  readonly replay: (message: { readonly webhookId: WebhookId; readonly deliveryId: string; readonly now: number }) => Tried<boolean>
  /** Has everything sent (again) that happened in this time and that the webhook is told by its settings; how many messages. */
  readonly replayTime: (range: {
    readonly webhookId: WebhookId
    readonly from: number
    readonly until: number
    readonly limit: number
    readonly now: number
  }) => Tried<number>
  /** Forgets messages that were made before; how many, of a bounded number. */
  readonly purge: (madeBefore: number) => Tried<number>
}

/** Messages to webhooks: a durable queue and its record, apart from the log, since losing one is no loss of a fact. */
export class WebhookDeliveries extends Context.Service<WebhookDeliveries, WebhookDeliveriesShape>()("commands/WebhookDeliveries") {}
