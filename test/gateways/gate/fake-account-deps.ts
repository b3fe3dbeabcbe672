import { Effect } from "effect"
import { WebhookId } from "#domain/kernel/ids.ts"
import { WebhookDeliveries } from "#commands/ports/webhook-deliveries.ts"
import type { AccountDeps } from "#gateways/gate/account-routes.ts"
import type { VisibleNamespaces } from "#gateways/gate/own-namespace.ts"
import type { WebhookView } from "#projections/webhooks/query.ts"
import { TEST_ACCOUNT } from "#test/support/key-access.ts"
import { namespaceAt } from "./fake-account.ts"

const NAMESPACE = namespaceAt(1)
export const MANAGED_WEBHOOK = WebhookId.make("wh_00000000-0000-7000-8000-000000000001")
export const MANAGED_DELIVERY = "msg_1"

const webhook: WebhookView = {
  webhookId: MANAGED_WEBHOOK, namespaceId: NAMESPACE, host: "hooks.example", urlVersion: 1, description: "", types: ["job.completed"], models: null,
  includeContent: false, secretVersion: 1, overlapUntil: 0, disabled: null, createdAt: 1,
}
const delivery = {
  deliveryId: MANAGED_DELIVERY, type: "job.completed", jobId: null, state: "delivered", attempts: 1, happenedAt: 1, madeAt: 1, nextAt: null, endedAt: 2,
} as const

const visible: VisibleNamespaces = async ({ access: { accountId } }) => (accountId === TEST_ACCOUNT ? [NAMESPACE] : [])
/** What any command may answer. */
const done = { webhookId: MANAGED_WEBHOOK, secret: "whsec_AAAA", position: 1 }

/** Does nothing and says that it is done: for who may ask, not for what comes of it. */
export const fakeAccount: AccountDeps = {
  alerts: { visible, settled: async () => {}, run: async () => done as never, alerts: { list: async () => [], lowBalanceOf: async () => null } },
  usage: { visible, now: () => 1_000, usage: { page: async () => ({ rows: [], next: null }) } },
  content: { visible, erase: async () => ({ erasureId: "erasure_1", at: 1 }), erasures: async () => [] },
  webhooks: {
    visible, now: () => 1_000, settled: async () => {},
    run: (work) => Effect.runPromise(Effect.provideService(work, WebhookDeliveries, { ...noWebhooks.deliveries, replay: () => Effect.succeed(true) }) as never).catch(() => done) as never,
    webhooks: { find: async (id) => (id === MANAGED_WEBHOOK ? webhook : null), list: async (ids) => (ids.includes(NAMESPACE) ? [webhook] : []) },
    record: { list: async () => [delivery], find: async (_, id) => (id === MANAGED_DELIVERY ? { ...delivery, history: [] } : null) },
  },
}

/** For the adapters of a whole runtime that no test asks for anything. */
export const noWebhooks = {
  deliveries: {
    make: () => Effect.succeed(0), claim: () => Effect.succeed([]), record: () => Effect.succeed(null), test: () => Effect.succeed(""),
    replay: () => Effect.succeed(false), replayTime: () => Effect.succeed(0), purge: () => Effect.succeed(0),
  },
  sender: { refusal: () => null, post: () => Effect.succeed({ problem: "no receiver" }) },
  vault: { keepUrl: () => Effect.void, urlOf: () => Effect.succeed(null), secretOf: () => "whsec_AAAA" },
}
