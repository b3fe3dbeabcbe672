import { type Effect, Schema } from "effect"
import { defineLowBalance } from "#commands/alert/define-low-balance.ts"
import type { Commands } from "#commands/handle.ts"
import { ALERT_KINDS } from "#domain/alert/index.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import type { AlertFilter, AlertView } from "#projections/alerts/query.ts"
import { badRequest } from "../../http/api-error.ts"
import { choiceParameter } from "../../http/query-parameters.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { seconds } from "../manage-deps.ts"
import { refused } from "../manage-errors.ts"
import { ownNamespace, type VisibleNamespaces } from "../own-namespace.ts"
import { page, PAGE_PARAMETERS, pageOf, readPage } from "../pages.ts"
import { bodyReader } from "../read-manage-body.ts"
import { namespacesOf } from "../usage/read-usage-query.ts"

export interface AlertDeps {
  readonly visible: VisibleNamespaces
  readonly run: <A, E>(use: Effect.Effect<A, E, Commands>) => Promise<A>
  readonly settled: (position: Position) => Promise<void>
  readonly alerts: {
    readonly list: (filter: AlertFilter) => Promise<readonly AlertView[]>
    readonly lowBalanceOf: (namespaceId: string) => Promise<bigint | null>
  }
}

const Alert = Schema.Struct({
  object: Schema.Literal("alert"),
  id: Schema.String,
  namespace: Schema.String,
  kind: Schema.Literals(ALERT_KINDS),
  /** The model or webhook that it is about; null: the whole namespace. */
  subject: Schema.NullOr(Schema.String),
  value: Schema.String,
  threshold: Schema.String,
  raised_at: Schema.Int,
  /** Null: it goes on. */
  resolved_at: Schema.NullOr(Schema.Int),
}).annotate({ identifier: "Alert" })

const Settings = Schema.Struct({
  object: Schema.Literal("alert_settings"),
  /** A decimal string; null: no balance is low. */
  low_balance_microcredits: Schema.NullOr(Schema.String),
}).annotate({ identifier: "AlertSettings" })

const SettingsRequest = Schema.Struct({ low_balance_microcredits: Schema.NullOr(Schema.String.check(Schema.isPattern(/^[1-9]\d{0,17}$/))) }).annotate({
  identifier: "AlertSettingsRequest",
})
const readSettings = bodyReader(SettingsRequest)

const COMMON = { access: "manage", requestLimit: "counted" } as const
const SETTINGS = "/v1/namespaces/{namespace}/alert-settings"
const MISSING = { 404: "No such namespace in this account." }
const STATES = ["open", "resolved"] as const

/** What an account should know of its namespaces. */
export const alertsRoutes = ({ visible, run, settled, alerts }: AlertDeps): readonly KeyedRoute[] => [
  {
    ...COMMON, method: "GET", path: "/v1/alerts", operationId: "listAlerts", summary: "Alerts of the account, newest first.",
    description: "Usage spikes, error rates, latencies, models that no node offers, low balances and disabled webhooks. Webhooks are told when one begins and when it is over.",
    parameters: [
      ...PAGE_PARAMETERS, { in: "query", name: "namespace", description: "Only of these namespaces, separated by commas." },
      { in: "query", name: "state", description: "`open` or `resolved`; both without it." },
    ],
    answers: { 200: json(pageOf(Alert, "AlertList"), "Alerts.") },
    handle: async ({ request, caller }) => {
      const { limit, after, parameters } = readPage(request, ["namespace", "state"])
      const namespaceIds = namespacesOf(parameters, "namespace", await visible(caller))
      const state = choiceParameter(parameters, "state", STATES)
      return page((await alerts.list({ namespaceIds, state, after, limit: limit + 1 })).map(alertBody), limit)
    },
  },
  {
    ...COMMON, method: "GET", path: SETTINGS, operationId: "retrieveAlertSettings", summary: "Below how much the balance of a namespace is low.",
    answers: { 200: json(Settings, "The settings.") }, problems: MISSING,
    handle: async ({ caller, param }) => settingsBody(await alerts.lowBalanceOf(await ownNamespace(visible, caller, param("namespace")))),
  },
  {
    ...COMMON, method: "PUT", path: SETTINGS, operationId: "replaceAlertSettings", summary: "Says below how much the balance of a namespace is low.",
    body: { "application/json": SettingsRequest }, answers: { 200: json(Settings, "The settings as they are now.") }, problems: MISSING,
    handle: async ({ request, caller, param }) => {
      const { low_balance_microcredits: text } = readSettings(request.body)
      const namespaceId = await ownNamespace(visible, caller, param("namespace"))
      const amount = text === null ? null : BigInt(text)
      if (amount !== null && amount > MOST) throw badRequest({ code: "invalid_value", param: "low_balance_microcredits", message: `At most ${MOST}.` })
      const { position } = await run(defineLowBalance({ namespaceId, amount })).catch(refused)
      await settled(position)
      return settingsBody(amount)
    },
  },
]

/** Micro-credits: more than anybody has. */
const MOST = 10n ** 17n

const alertBody = (alert: AlertView): typeof Alert.Type => ({
  object: "alert", id: alert.alertId, namespace: alert.namespaceId, kind: alert.kind, subject: alert.subject === "" ? null : alert.subject,
  value: alert.value, threshold: alert.threshold, raised_at: seconds(alert.raisedAt), resolved_at: alert.resolvedAt === null ? null : seconds(alert.resolvedAt),
})

const settingsBody = (amount: bigint | null): typeof Settings.Type => ({ object: "alert_settings", low_balance_microcredits: amount === null ? null : String(amount) })
