import type { NodePresence } from "#commands/ports/presence.ts"

export interface ModelStatus {
  readonly model: string
  readonly nodes: number
  /** Answers at once. */
  readonly slots: number
  /** Of the nodes' tests at start, together. */
  readonly tokens_per_second: number
}

export interface NetworkStatus {
  readonly environment: string
  /** `degraded`: nobody serves a model at the moment. */
  readonly status: "ok" | "degraded"
  readonly nodes_online: number
  readonly models: readonly ModelStatus[]
  /** Unix time in milliseconds. */
  readonly as_of: number
}

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
