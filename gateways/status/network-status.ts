import { Schema } from "effect"
import type { NodePresence } from "#commands/ports/presence.ts"

const ModelStatus = Schema.Struct({
  model: Schema.String,
  nodes: Schema.Int,
  /** Answers at once. */
  slots: Schema.Int,
  /** Of the nodes' tests at start, together. */
  tokens_per_second: Schema.Finite,
})

export const NetworkStatus = Schema.Struct({
  environment: Schema.String,
  /** `degraded`: nobody serves a model at the moment. */
  status: Schema.Literals(["ok", "degraded"]),
  nodes_online: Schema.Int,
  models: Schema.Array(ModelStatus),
  /** Unix time in milliseconds. */
  as_of: Schema.Int,
}).annotate({ identifier: "NetworkStatus" })
export type NetworkStatus = typeof NetworkStatus.Type

/** Sums over the nodes that are online, by model; sorted by name. */
export const networkStatus = (environment: string, online: readonly NodePresence[], at: number): NetworkStatus => {
  const nodes = online.filter((node) => node.environment === environment)
  const served = nodes.flatMap((node) => node.models.map(({ name }) => ({ name, node })))
  const models = [...Map.groupBy(served, ({ name }) => name)]
    .map(([model, all]) => ({
      model,
      nodes: all.length,
      slots: all.reduce((sum, { node }) => sum + node.slots, 0),
      tokens_per_second: Math.round(all.reduce((sum, { node }) => sum + node.tokensPerSecond, 0)),
    }))
    .toSorted((a, b) => (a.model < b.model ? -1 : 1))
  return { environment, status: models.length > 0 ? "ok" : "degraded", nodes_online: nodes.length, models, as_of: at }
}
