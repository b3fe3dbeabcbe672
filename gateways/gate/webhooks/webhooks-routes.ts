import { Schema } from "effect"
import { changeWebhook, createWebhook, deleteWebhook, disableWebhook, enableWebhook, rotateWebhookSecret } from "#commands/webhook/manage-webhooks.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { queryParameters } from "../../http/query-parameters.ts"
import { namespacesOf } from "../usage/read-usage-query.ts"
import { ownNamespace } from "../own-namespace.ts"
import { page } from "../pages.ts"
import {
  choicesOf, EVERYTHING, readWebhookChange, readWebhookRequest, Webhook, webhookBody, WebhookChange, WebhookList, WebhookRequest, WebhookWithSecret,
} from "./webhook-body.ts"
import { ownWebhook, type WebhookDeps, webhookRefused } from "./webhook-deps.ts"

const PATH = "/v1/webhooks"
export const ONE = `${PATH}/{id}`
export const COMMON = { access: "manage", requestLimit: "counted" } as const
export const GONE = { 404: "No such webhook in this account." }
const Deleted = Schema.Struct({ object: Schema.Literal("webhook.deleted"), id: Schema.String, deleted: Schema.Literal(true) }).annotate({ identifier: "DeletedWebhook" })

const SIGNED =
  "Messages are signed as the Standard Webhooks specification says (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Each comes at least once, in any order; " +
  "`webhook-id` is the same for every attempt. What is not answered with 2xx within 15 s is tried again for a day; a webhook that fails for five days is disabled."

/** Addresses that an account wants told what happens. */
export const webhooksRoutes = (deps: WebhookDeps): readonly KeyedRoute[] => [
  {
    ...COMMON, method: "POST", path: PATH, operationId: "createWebhook", summary: "Makes a webhook for a namespace.",
    description: `The answer has its secret, which is shown here and by a rotation only. ${SIGNED}`,
    body: { "application/json": WebhookRequest }, answers: { 200: json(WebhookWithSecret, "The webhook and its secret.") },
    problems: { 404: "No such namespace in this account.", 409: "The namespace has as many as it may have." },
    handle: async ({ request, reply, caller }) => {
      const { namespace, url, ...choices } = readWebhookRequest(request.body)
      const namespaceId = await ownNamespace(deps.visible, caller, namespace)
      const settings = { ...EVERYTHING, ...choicesOf(choices) }
      const { webhookId, secret, position } = await deps.run(createWebhook({ namespaceId, url, choices: settings })).catch(webhookRefused)
      await deps.settled(position)
      void reply.header("cache-control", "no-store")
      return { ...webhookBody(await ownWebhook(deps, caller, webhookId)), secret }
    },
  },
  {
    ...COMMON, method: "GET", path: PATH, operationId: "listWebhooks", summary: "The webhooks of the account, oldest first.",
    parameters: [{ in: "query", name: "namespace", description: "Only of these namespaces, separated by commas." }],
    answers: { 200: json(WebhookList, "All of them.") },
    handle: async ({ request, caller }) => {
      const wanted = namespacesOf(queryParameters(request, ["namespace"]), "namespace", await deps.visible(caller))
      const all = (await deps.webhooks.list(wanted)).map(webhookBody)
      return page(all, all.length)
    },
  },
  {
    ...COMMON, method: "GET", path: ONE, operationId: "retrieveWebhook", summary: "One webhook.",
    answers: { 200: json(Webhook, "The webhook.") }, problems: GONE,
    handle: async ({ caller, param }) => webhookBody(await ownWebhook(deps, caller, param("id"))),
  },
  changeRoute(deps),
  {
    ...COMMON, method: "DELETE", path: ONE, operationId: "deleteWebhook", summary: "Deletes a webhook: nothing is sent to it any more.",
    answers: { 200: json(Deleted, "It is gone.") }, problems: GONE,
    handle: async ({ caller, param }) => {
      const one = await ownWebhook(deps, caller, param("id"))
      const { position } = await deps.run(deleteWebhook(one)).catch(webhookRefused)
      await deps.settled(position)
      return { object: "webhook.deleted", id: one.webhookId, deleted: true }
    },
  },
  {
    ...COMMON, method: "POST", path: `${ONE}/rotate-secret`, operationId: "rotateWebhookSecret", summary: "Gives a webhook a new secret.",
    description: "For a day messages are signed with the new secret and the one before, so that receivers can change over.",
    answers: { 200: json(WebhookWithSecret, "The webhook and its new secret.") }, problems: GONE,
    handle: async ({ reply, caller, param }) => {
      const one = await ownWebhook(deps, caller, param("id"))
      const { secret, position } = await deps.run(rotateWebhookSecret(one)).catch(webhookRefused)
      await deps.settled(position)
      void reply.header("cache-control", "no-store")
      return { ...webhookBody(one), secret }
    },
  },
]

const changeRoute = (deps: WebhookDeps): KeyedRoute => ({
  ...COMMON, method: "PATCH", path: ONE, operationId: "updateWebhook", summary: "Changes a webhook, or disables or enables it.",
  body: { "application/json": WebhookChange }, answers: { 200: json(Webhook, "The webhook as it is now.") }, problems: GONE,
  handle: async ({ request, caller, param }) => {
    const { url, enabled, ...choices } = readWebhookChange(request.body)
    const one = await ownWebhook(deps, caller, param("id"))
    const change = { url: url ?? null, choices: choicesOf(choices) }
    const changed = await deps.run(changeWebhook(one, change)).catch(webhookRefused)
    const switched = enabled === undefined ? null : await deps.run(enabled ? enableWebhook(one) : disableWebhook(one)).catch(webhookRefused)
    await deps.settled(switched?.position ?? changed.position)
    return webhookBody(await ownWebhook(deps, caller, one.webhookId))
  },
})
