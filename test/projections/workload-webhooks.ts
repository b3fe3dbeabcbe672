import { alerts } from "#domain/alert/index.ts"
import type { Decider, DomainEvent } from "#domain/kernel/decider.ts"
import { type NamespaceId, WebhookId } from "#domain/kernel/ids.ts"
import { webhooks } from "#domain/webhook/index.ts"

/** What a workload's world does with a command. */
export interface Runner {
  readonly run: <State, C, E extends DomainEvent, R>(decider: Decider<State, C, E, R>, id: string, command: C) => void
}

const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`

/** What somebody should know, and what is low. */
export const alarm = (world: Runner, namespaceId: NamespaceId, at: number): void => {
  const about = { namespaceId, kind: "usage_spike", subject: "", value: "1", at } as const
  world.run(alerts, namespaceId, { type: "DefineLowBalance", namespaceId, amount: at % 2 === 0 ? null : BigInt(at), at })
  world.run(alerts, namespaceId, at % 3 === 0 ? { type: "ResolveAlert", ...about } : { type: "RaiseAlert", ...about, alertId: `alert_${at}`, threshold: "1" })
}

/** A webhook more, or one less. */
export const announce = (world: Runner, namespaceId: NamespaceId, at: number): void => {
  const webhookId = WebhookId.make(`wh_${uuid(at % 3)}`)
  const types = ["job.completed", "job.failed"] as const
  const settings = { host: "hooks.example", urlVersion: 1, description: "", types, models: at % 2 === 0 ? null : ["tiny"], includeContent: false }
  world.run(webhooks, namespaceId, { type: "CreateWebhook", namespaceId, webhookId, settings, at })
  if (at % 5 === 0) world.run(webhooks, namespaceId, { type: "DisableWebhook", namespaceId, webhookId, reason: "failing", at })
}
