import { Context, Data, type Effect } from "effect"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import type { AlertSignals } from "#domain/policies/alerts.ts"

export class AlertWatchUnavailable extends Data.TaggedError("AlertWatchUnavailable")<{ readonly reason: string }> {}

/** All but what presence says. */
export type NamespaceSignals = Omit<AlertSignals, "served"> & { readonly namespaceId: NamespaceId }

export interface AlertWatchShape {
  /** Of every namespace that did something within a day, has a balance or an alert that goes on: read models, some moments old. */
  readonly signals: (now: number) => Effect.Effect<readonly NamespaceSignals[], AlertWatchUnavailable>
}

/** Where the network looks for what somebody should know. */
export class AlertWatch extends Context.Service<AlertWatch, AlertWatchShape>()("commands/AlertWatch") {}
