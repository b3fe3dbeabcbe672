import type { Placed } from "../log-event.ts"
import { defineProjection, type Rules } from "../projection.ts"
import type { ColumnValues } from "../table-definition.ts"
import { put, type Write } from "../writes.ts"
import { inferenceLog } from "./table.ts"

type JobEvent = Extract<Placed, { readonly data: { readonly jobId: string; readonly at: number } }>
type LogColumns = ColumnValues<typeof inferenceLog.columns>

/** Absolute values of one document, as of this event. */
const change = (event: JobEvent, columns: LogColumns): readonly Write[] => [
  put(inferenceLog, { job_id: event.data.jobId }, { ...columns, position: event.position }),
]

const startRules: Rules = {
  JobSubmitted: (event) => {
    const { namespaceId, keyId, environment, model, mode, at } = event.data
    const whose = { namespace_id: namespaceId, key_id: keyId, environment }
    return change(event, { ...whose, model, mode, status: "submitted", submitted_at: at })
  },
  JobAssigned: (event) => {
    const { attempt, nodeId, payee, at } = event.data
    const first = attempt === 1 ? { first_assigned_at: at } : {}
    return change(event, { status: "assigned", attempts: attempt, node_id: nodeId, payee, last_assigned_at: at, ...first })
  },
  AttemptFailed: (event) => change(event, { status: "submitted", reason: event.data.reason }),
}

const endRules: Rules = {
  JobCompleted: (event) => change(event, { status: "completed", reason: event.data.finishReason, ended_at: event.data.at }),
  JobCancelled: (event) => change(event, { status: "cancelled", reason: event.data.reason, ended_at: event.data.at }),
  JobFailed: (event) => change(event, { status: "failed", reason: event.data.reason, ended_at: event.data.at }),
  JobExpired: (event) => change(event, { status: "expired", reason: "expired", ended_at: event.data.at }),
  JobDeadLettered: (event) => change(event, { status: "dead_lettered", reason: "attempts_exhausted", ended_at: event.data.at }),
  JobVoided: (event) => {
    const { namespaceId, at } = event.data
    return change(event, { namespace_id: namespaceId, status: "voided", reason: "never_submitted", submitted_at: at, ended_at: at })
  },
}

const billRules: Rules = {
  HoldSettled: (event) => {
    const { promptTokens, completionTokens, price, at } = event.data
    return change(event, { prompt_tokens: promptTokens, completion_tokens: completionTokens, cost: price, paid_at: at })
  },
  HoldReleased: (event) => {
    const { namespaceId, keyId, model, at } = event.data
    return change(event, { namespace_id: namespaceId, key_id: keyId, model, cost: 0n, paid_at: at })
  },
}

export const inferenceLogProjection = defineProjection({
  name: "inference-log",
  version: 1,
  tables: [inferenceLog],
  rules: { ...startRules, ...endRules, ...billRules },
})
