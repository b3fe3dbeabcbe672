import { Effect } from "effect"
import { DISABLE_AFTER_MS, GIVE_UP_AFTER_MS, retryDelayMs } from "#domain/policies/webhook-retry.ts"
import { webhooks } from "#domain/webhook/index.ts"
import { Commands } from "../handle.ts"
import { ContentStore } from "../ports/content-store.ts"
import { Counters } from "../ports/counters.ts"
import { type DueDelivery, WebhookDeliveries } from "../ports/webhook-deliveries.ts"
import { type WebhookAnswer, WebhookSender } from "../ports/webhook-sender.ts"
import { WebhookVault } from "../ports/webhook-vault.ts"
import { signMessage } from "./sign-message.ts"

const HTTP_GONE = 410

/** Sends one message once, keeps how that went, and disables a webhook that is gone or has failed for days. */
export const deliver = Effect.fnUntraced(function* (due: DueDelivery) {
  const deliveries = yield* WebhookDeliveries
  const counters = yield* Counters
  const at = Date.now()
  const answer = yield* send(due)
  const problem = problemOf(answer)
  const status = "status" in answer ? answer.status : null
  const ended = { deliveryId: due.deliveryId, webhookId: due.webhookId, at, durationMs: Date.now() - at, status, problem }
  const failingSince = yield* deliveries.record({ ...ended, nextAt: problem === null ? null : nextAt(due, answer) })
  counters.increment("webhook_attempts_total", problem === null ? "delivered" : "failed")
  if (status === HTTP_GONE) yield* disable(due, "gone")
  else if (failingSince !== null && Date.now() - failingSince >= DISABLE_AFTER_MS) yield* disable(due, "failing")
})

const send = Effect.fnUntraced(function* (due: DueDelivery) {
  const { deliveryId: id, webhookId, urlVersion, secretVersion, overlapUntil } = due
  const vault = yield* WebhookVault
  const sender = yield* WebhookSender
  const url = yield* vault.urlOf(webhookId, urlVersion)
  if (url === null) return { problem: "its address is not known any more" }
  const body = JSON.stringify({ id, type: due.type, timestamp: new Date(due.happenedAt).toISOString(), data: yield* dataOf(due) })
  const now = Date.now()
  const versions = now < overlapUntil && secretVersion > 1 ? [secretVersion, secretVersion - 1] : [secretVersion]
  const signed = signMessage({ id, body, now, secrets: versions.map((version) => vault.secretOf(webhookId, version)) })
  const headers = { "content-type": "application/json", "user-agent": "Resultity-Webhooks/1.0", ...signed }
  return yield* sender.post({ url, headers, body })
})

/** Content is read when it is sent, so that it lies nowhere else; null: it is not kept any more. */
const dataOf = Effect.fnUntraced(function* ({ data, jobId, namespaceId, includeContent }: DueDelivery) {
  if (!includeContent || jobId === null) return data
  const store = yield* ContentStore
  const read = (field: "request" | "answer") =>
    Effect.catchTag(store.get({ namespaceId, jobId, field }), "ContentMissing", () => Effect.succeed(null))
  const [request, answer] = yield* Effect.all([read("request"), read("answer")], { concurrency: 2 })
  return { ...data, content: { request: request === null ? null : (JSON.parse(request) as unknown), answer } }
})

const problemOf = (answer: WebhookAnswer): string | null => {
  if ("problem" in answer) return answer.problem
  return answer.status >= 200 && answer.status < 300 ? null : `it answered with ${answer.status}`
}

const nextAt = ({ askedAt, tries }: DueDelivery, answer: WebhookAnswer): number | null => {
  const now = Date.now()
  if (("status" in answer && answer.status === HTTP_GONE) || now - askedAt >= GIVE_UP_AFTER_MS) return null
  const retryAfterMs = "status" in answer ? answer.retryAfterMs : null
  return now + retryDelayMs({ attempts: tries + 1, draw: Math.random(), retryAfterMs })
}

const disable = Effect.fnUntraced(function* ({ namespaceId, webhookId, deliveryId }: DueDelivery, reason: "gone" | "failing") {
  const { handle } = yield* Commands
  const counters = yield* Counters
  const command = { type: "DisableWebhook", namespaceId, webhookId, reason, at: Date.now() } as const
  yield* handle(webhooks, namespaceId, command, { commandId: `${webhookId}/disable/${deliveryId}/${command.at}`, correlationId: webhookId }).pipe(
    Effect.catchTag("WebhookNotFound", () => Effect.void),
  )
  counters.increment("webhooks_disabled_total", reason)
})
