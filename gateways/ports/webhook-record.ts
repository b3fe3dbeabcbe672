export interface DeliveryView {
  readonly deliveryId: string
  readonly type: string
  readonly jobId: string | null
  readonly state: "pending" | "delivered" | "failed"
  readonly attempts: number
  readonly happenedAt: number
  readonly madeAt: number
  /** When it is tried next; of a pending one alone. */
  readonly nextAt: number | null
  readonly endedAt: number | null
}

export interface AttemptView {
  readonly attempt: number
  readonly at: number
  readonly durationMs: number
  readonly status: number | null
  readonly problem: string | null
}

/** What was sent to webhooks and how that went. */
export interface WebhookRecord {
  /** Newest first, behind the delivery with this id. */
  readonly list: (query: {
    readonly webhookId: string
    readonly state: DeliveryView["state"] | null
    readonly after: string | null
    readonly limit: number
  }) => Promise<readonly DeliveryView[]>
  readonly find: (webhookId: string, deliveryId: string) => Promise<(DeliveryView & { readonly history: readonly AttemptView[] }) | null>
}
