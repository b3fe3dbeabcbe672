import { defineProjection } from "../projection.ts"
import type { ColumnValues } from "../table-definition.ts"
import { put, type Write } from "../writes.ts"
import { requests } from "./table.ts"

const change = (requestId: string, columns: ColumnValues<typeof requests.columns>): readonly Write[] => [put(requests, { request_id: requestId }, columns)]

export const requestsProjection = defineProjection({
  name: "requests",
  version: 1,
  tables: [requests],
  rules: {
    RequestAccepted: ({ data, position }) =>
      change(data.requestId, {
        namespace_id: data.namespaceId, key_id: data.keyId, endpoint: data.endpoint, mode: data.mode, priority: data.priority, model: data.model,
        stage: "waiting", outcome: null, status: null, gateway_id: null, job_ids: [], accepted_at: data.at, started_at: null, ended_at: null,
        expires_at: data.expiresAt, position,
      }),
    RequestStarted: ({ data }) =>
      change(data.requestId, { stage: "running", generation: data.generation, gateway_id: data.gatewayId, started_at: data.at }),
    RequestReturned: ({ data }) => change(data.requestId, { stage: "waiting", gateway_id: null }),
    RequestDropped: ({ data }) => change(data.requestId, { stage: "dropped", ended_at: data.at }),
    RequestFinished: ({ data }) =>
      change(data.requestId, { stage: "finished", outcome: data.outcome, status: data.status, job_ids: data.jobIds, ended_at: data.at }),
    RequestCancelled: ({ data }) => change(data.requestId, { stage: "cancelled", ended_at: data.at }),
    RequestExpired: ({ data }) => change(data.requestId, { stage: "expired", ended_at: data.at }),
  },
})
