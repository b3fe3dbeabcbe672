import { Effect } from "effect"
import type { WebhookId } from "#domain/kernel/ids.ts"
import { Counters } from "../ports/counters.ts"
import { type DueDelivery, WebhookDeliveries } from "../ports/webhook-deliveries.ts"
import { deliver } from "../webhook/deliver.ts"

/** Between two looks for what is due, while nothing is. */
const IDLE_MS = 500
/** Events that messages are made of at once. */
const BATCH_EVENTS = 1_000
/** Messages on their way at once, and of these to one webhook: one that is slow holds up itself. */
const MAX_SENDING = 256
const MAX_SENDING_TO_ONE = 4
/** Longer than an attempt can take. Who has a message for so long has died, and another one sends it. */
const CLAIM_MS = 30_000
const RETRY_DELAY_MS = 2_000
/** The record of a delivery is kept for so long. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000
const PURGE_EVERY_MS = 60 * 60 * 1_000

/** Tells webhooks what happened: each message at least once, in any order, until it was taken or given up. */
export const webhookMessages = Effect.suspend(() => {
  const sending = new Map<WebhookId, number>()
  let purgeAt = 0
  const round = Effect.gen(function* () {
    const deliveries = yield* WebhookDeliveries
    const made = yield* deliveries.make(BATCH_EVENTS)
    const taken = yield* sendDue(sending)
    if (Date.now() >= purgeAt && (yield* deliveries.purge(Date.now() - KEPT_MS)) === 0) purgeAt = Date.now() + PURGE_EVERY_MS
    if (made === 0 && taken === 0) yield* Effect.sleep(IDLE_MS)
  })
  return Effect.scoped(Effect.forever(Effect.catchCause(round, pauseAfter)))
})

const pauseAfter = Effect.fnUntraced(function* (cause: Parameters<typeof Effect.logWarning>[1]) {
  const counters = yield* Counters
  counters.increment("webhook_rounds_failed_total")
  yield* Effect.logWarning("messages to webhooks could not be looked for", cause)
  yield* Effect.sleep(RETRY_DELAY_MS)
})

const sendDue = Effect.fnUntraced(function* (sending: Map<WebhookId, number>) {
  const deliveries = yield* WebhookDeliveries
  const room = MAX_SENDING - [...sending.values()].reduce((sum, count) => sum + count, 0)
  if (room <= 0) return 0
  const now = Date.now()
  const due = yield* deliveries.claim({ now, until: now + CLAIM_MS, limit: room, perWebhook: MAX_SENDING_TO_ONE, sending })
  for (const one of due) yield* Effect.forkScoped(sendOne(one, sending))
  return due.length
})

/** What goes wrong with one is its own: its claim ends, and it comes again. */
const sendOne = (due: DueDelivery, sending: Map<WebhookId, number>) => {
  sending.set(due.webhookId, (sending.get(due.webhookId) ?? 0) + 1)
  const done = Effect.sync(() => {
    const left = (sending.get(due.webhookId) ?? 1) - 1
    if (left === 0) sending.delete(due.webhookId)
    else sending.set(due.webhookId, left)
  })
  return deliver(due).pipe(
    Effect.catchCause((cause) => Effect.logWarning(`the attempt of ${due.deliveryId} is not on record`, cause)),
    Effect.ensuring(done),
  )
}
