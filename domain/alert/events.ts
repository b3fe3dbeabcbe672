import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { NamespaceId, TimeMs } from "../kernel/ids.ts"
import { MicroCredits } from "../kernel/money.ts"

/** What each of them means, and its numbers: `policies/alerts.ts`. */
export const ALERT_KINDS = ["usage_spike", "error_rate", "latency", "model_unavailable", "low_balance", "webhook_disabled"] as const
export const AlertKind = Schema.Literals(ALERT_KINDS)
export type AlertKind = typeof AlertKind.Type

const About = {
  namespaceId: NamespaceId,
  alertId: Schema.String,
  kind: AlertKind,
  /** The model or webhook that it is about; empty: the whole namespace. */
  subject: Schema.String,
}

export const schemas = {
  /** Something that its namespace's owner should know of goes on. `value` and `threshold` are decimal numbers in the kind's unit. */
  AlertRaised: Schema.Struct({ ...About, value: Schema.String, threshold: Schema.String, at: TimeMs }),
  /** It does not any more. */
  AlertResolved: Schema.Struct({ ...About, value: Schema.String, at: TimeMs }),
  /** Below how much a balance is low; null: it never is. */
  LowBalanceDefined: Schema.Struct({ namespaceId: NamespaceId, amount: Schema.NullOr(MicroCredits), at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type AlertEvent = EventOf<typeof schemas>
