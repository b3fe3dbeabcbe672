import { defineProjection } from "../projection.ts"
import { put } from "../writes.ts"
import { alerts, alertSettings } from "./table.ts"

export const alertsProjection = defineProjection({
  name: "alerts",
  version: 1,
  tables: [alerts, alertSettings],
  rules: {
    AlertRaised: ({ data: { alertId, namespaceId, kind, subject, value, threshold, at }, position }) => [
      put(alerts, { alert_id: alertId }, { namespace_id: namespaceId, kind, subject, value, threshold, raised_at: at, position }),
    ],
    AlertResolved: ({ data: { alertId, at } }) => [put(alerts, { alert_id: alertId }, { resolved_at: at })],
    LowBalanceDefined: ({ data: { namespaceId, amount } }) => [put(alertSettings, { namespace_id: namespaceId }, { low_balance: amount })],
  },
})
