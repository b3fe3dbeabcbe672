import { Effect, Schema } from "effect"
import { WebhookDeliveries, type WebhookDeliveriesShape } from "#commands/ports/webhook-deliveries.ts"
import { ApiError, badRequest } from "../../http/api-error.ts"
import { choiceParameter } from "../../http/query-parameters.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { thingNotFound } from "../own-namespace.ts"
import { PAGE_PARAMETERS, page, readPage } from "../pages.ts"
import { attemptBody, deliveryBody, DeliveryList, DeliveryWithHistory, readReplayRequest, ReplayRequest } from "./webhook-body.ts"
import { ownWebhook, type WebhookDeps, webhookRefused } from "./webhook-deps.ts"
import { COMMON, GONE, ONE } from "./webhooks-routes.ts"

/** Messages of one replay. */
const MAX_REPLAYED = 10_000
const STATES = ["pending", "delivered", "failed"] as const
const DELIVERIES = `${ONE}/deliveries`

const Asked = Schema.Struct({ object: Schema.Literal("webhook.test"), delivery: Schema.String }).annotate({ identifier: "WebhookTest" })
const Replay = Schema.Struct({ object: Schema.Literal("webhook.replay"), deliveries: Schema.Int }).annotate({ identifier: "WebhookReplay" })

/** What was sent to a webhook; and sending it again. */
export const deliveriesRoutes = (deps: WebhookDeps): readonly KeyedRoute[] => {
  const use = <A, E>(work: (deliveries: WebhookDeliveriesShape) => Effect.Effect<A, E>): Promise<A> =>
    deps.run(Effect.flatMap(WebhookDeliveries, work)).catch(webhookRefused)
  return [
    {
      ...COMMON, method: "POST", path: `${ONE}/test`, operationId: "testWebhook", summary: "Sends a message of the type `webhook.test`.",
      answers: { 200: json(Asked, "It is on its way: look at its delivery.") }, problems: { ...GONE, 409: "The webhook is disabled." },
      handle: async ({ caller, param }) => {
        const { webhookId, namespaceId, disabled } = await ownWebhook(deps, caller, param("id"))
        if (disabled !== null) throw isDisabled()
        return { object: "webhook.test", delivery: await use(({ test }) => test({ webhookId, namespaceId, now: deps.now() })) }
      },
    },
    {
      ...COMMON, method: "GET", path: DELIVERIES, operationId: "listWebhookDeliveries", summary: "Messages of the last 30 days, newest first.",
      parameters: [...PAGE_PARAMETERS, { in: "query", name: "state", description: `Of ${STATES.join(", ")}.` }],
      answers: { 200: json(DeliveryList, "Deliveries.") }, problems: GONE,
      handle: async ({ request, caller, param }) => {
        const { limit, after, parameters } = readPage(request, ["state"])
        const { webhookId } = await ownWebhook(deps, caller, param("id"))
        const state = choiceParameter(parameters, "state", STATES)
        return page((await deps.record.list({ webhookId, state, after, limit: limit + 1 })).map(deliveryBody), limit)
      },
    },
    {
      ...COMMON, method: "GET", path: `${DELIVERIES}/{delivery}`, operationId: "retrieveWebhookDelivery", summary: "One message with all its attempts.",
      answers: { 200: json(DeliveryWithHistory, "The delivery.") }, problems: { 404: "No such webhook, or no such message of it." },
      handle: async ({ caller, param }) => {
        const { webhookId } = await ownWebhook(deps, caller, param("id"))
        const found = await deps.record.find(webhookId, param("delivery"))
        if (found === null) throw thingNotFound("webhook_delivery")
        return { ...deliveryBody(found), history: found.history.map(attemptBody) }
      },
    },
    {
      ...COMMON, method: "POST", path: `${DELIVERIES}/{delivery}/replay`, operationId: "replayWebhookDelivery", summary: "Sends one message again, under the same id.",
      answers: { 200: json(Replay, "It is on its way.") }, problems: { 404: "No such webhook, or no such message of it." },
      handle: async ({ caller, param }) => {
        const { webhookId } = await ownWebhook(deps, caller, param("id"))
        const known = await use(({ replay }) => replay({ webhookId, deliveryId: param("delivery"), now: deps.now() }))
        if (!known) throw thingNotFound("webhook_delivery")
        return { object: "webhook.replay", deliveries: 1 }
      },
    },
    {
      ...COMMON, method: "POST", path: `${ONE}/replay`, operationId: "replayWebhook", summary: "Sends everything that happened in a time, again or for the first time.",
      description: `By the webhook's present settings; what was sent before has the same id. At most ${MAX_REPLAYED} messages, the oldest first.`,
      body: { "application/json": ReplayRequest }, answers: { 200: json(Replay, "How many messages are on their way.") }, problems: GONE,
      handle: async ({ request, caller, param }) => {
        const { start_time: start, end_time: end } = readReplayRequest(request.body)
        if (start >= end) throw badRequest({ code: "invalid_value", param: "start_time", message: "Invalid value for 'start_time': expected a time before 'end_time'." })
        const { webhookId } = await ownWebhook(deps, caller, param("id"))
        const range = { webhookId, from: start * 1_000, until: end * 1_000, limit: MAX_REPLAYED, now: deps.now() }
        return { object: "webhook.replay", deliveries: await use(({ replayTime }) => replayTime(range)) }
      },
    },
  ]
}

const isDisabled = () =>
  new ApiError({ status: 409, type: "invalid_request_error", code: "webhook_disabled", message: "The webhook is disabled: enable it first.", headers: { "x-should-retry": "false" } })
