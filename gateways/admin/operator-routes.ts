import { Schema } from "effect"
import type { NodePresence } from "#commands/ports/presence.ts"
import { json, type OpenRoute } from "../http/routes.ts"
import type { CounterSnapshot } from "../ports/counter-snapshot.ts"
import { PROMETHEUS_TYPE, prometheusText } from "./prometheus.ts"

export interface Shown {
  readonly snapshot: CounterSnapshot
  readonly metrics: () => Promise<string>
  readonly nodes: () => readonly NodePresence[]
}

const Nodes = Schema.Struct({ nodes: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)) }).annotate({ identifier: "Nodes" })

/** What the operator sees of the process. */
export const operatorRoutes = ({ snapshot, metrics, nodes }: Shown): readonly OpenRoute[] => [
  {
    method: "GET", path: "/metrics", operationId: "metrics", access: "operator",
    summary: "Counters and measurements.",
    answers: { 200: { description: "In the Prometheus text format.", content: { "text/plain": Schema.String } } },
    handle: async ({ reply }) => {
      // The counters last: reading the others may count.
      const measured = await metrics()
      return reply.type(PROMETHEUS_TYPE).send(`${prometheusText(snapshot.read())}\n${measured}`)
    },
  },
  {
    method: "GET", path: "/nodes", operationId: "onlineNodes", access: "operator",
    summary: "The nodes that are online.",
    answers: { 200: json(Nodes, "As they announced themselves.") },
    handle: () => ({ nodes: nodes() }),
  },
]
