import type { Effect } from "effect"
import type { Commands } from "#commands/handle.ts"
import type { WebhookDeliveries } from "#commands/ports/webhook-deliveries.ts"
import type { WebhookSender } from "#commands/ports/webhook-sender.ts"
import type { WebhookVault } from "#commands/ports/webhook-vault.ts"
import { UnknownWebhook, WebhookUrlRefused } from "#commands/webhook/manage-webhooks.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import { WebhookId } from "#domain/kernel/ids.ts"
import { Schema } from "effect"
import type { WebhookView } from "#projections/webhooks/query.ts"
import { ApiError, badRequest, unavailable } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { WebhookRecord } from "../../ports/webhook-record.ts"
import { thingNotFound, type VisibleNamespaces } from "../own-namespace.ts"

export interface WebhookDeps {
  readonly visible: VisibleNamespaces
  /** Rejects with the failure itself. */
  readonly run: <A, E>(use: Effect.Effect<A, E, Commands | WebhookDeliveries | WebhookSender | WebhookVault>) => Promise<A>
  readonly settled: (position: Position) => Promise<void>
  readonly webhooks: {
    readonly find: (webhookId: string) => Promise<WebhookView | null>
    readonly list: (namespaceIds: readonly string[]) => Promise<readonly WebhookView[]>
  }
  readonly record: WebhookRecord
  readonly now: () => number
}

/** A webhook of one of the caller's namespaces; throws the 404 otherwise, whether or not somebody else has it. */
export const ownWebhook = async ({ webhooks, visible }: WebhookDeps, caller: Caller, id: string): Promise<WebhookView> => {
  const found = Schema.is(WebhookId)(id) ? await webhooks.find(id) : null
  if (found === null || !(await visible(caller)).includes(found.namespaceId)) throw thingNotFound("webhook")
  return found
}

/** For a promise of a command: throws what the client is told. */
export const webhookRefused = (failure: unknown): never => {
  throw webhookError(failure)
}

const webhookError = (failure: unknown): unknown => {
  if (failure instanceof WebhookUrlRefused) return badRequest({ code: "invalid_value", param: "url", message: `Invalid value for 'url': expected ${failure.expected}.` })
  if (failure instanceof UnknownWebhook) return thingNotFound("webhook")
  if (typeof failure !== "object" || failure === null || !("_tag" in failure)) return failure
  if (failure._tag === "TooManyWebhooks" && "most" in failure) {
    const message = `A namespace has at most ${String(failure.most)} webhooks. Delete one first.`
    return new ApiError({ status: 409, type: "invalid_request_error", code: "too_many_webhooks", message, headers: { "x-should-retry": "false" } })
  }
  return unavailable("webhooks_unavailable", "Webhooks cannot be changed at the moment. Please try again.")
}
