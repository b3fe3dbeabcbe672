import type { KeyedRoute } from "../http/routes.ts"
import { type AlertDeps, alertsRoutes } from "./alerts/alerts-routes.ts"
import { contentRoutes, type ContentDeps } from "./content/content-routes.ts"
import { organizationRoutes } from "./usage/organization-routes.ts"
import { type UsageDeps, usageRoute } from "./usage/usage-route.ts"
import { deliveriesRoutes } from "./webhooks/deliveries-routes.ts"
import type { WebhookDeps } from "./webhooks/webhook-deps.ts"
import { webhooksRoutes } from "./webhooks/webhooks-routes.ts"

export interface AccountDeps {
  readonly alerts: AlertDeps
  readonly content: ContentDeps
  readonly usage: UsageDeps
  readonly webhooks: WebhookDeps
}

/** What an account is told of its use, has erased, and wants told elsewhere. */
export const accountRoutes = ({ alerts, content, usage, webhooks }: AccountDeps): readonly KeyedRoute[] => [
  usageRoute("manage", usage),
  ...organizationRoutes(usage),
  ...contentRoutes(content),
  ...webhooksRoutes(webhooks),
  ...deliveriesRoutes(webhooks),
  ...alertsRoutes(alerts),
]
