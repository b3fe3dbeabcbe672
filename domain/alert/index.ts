export { type AlertCommand, type AlertRejection, type Alerts, alerts } from "./decide.ts"
export { ALERT_KINDS, type AlertEvent, type AlertKind } from "./events.ts"
