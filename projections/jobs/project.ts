import type { LogEvent } from "../log-event.ts"
import { defineProjection, type Rules } from "../projection.ts"
import type { ColumnValues } from "../table-definition.ts"
import { put, type Write } from "../writes.ts"
import { jobs, jobTimeline } from "./table.ts"
import { entry, type JobStoryEvent } from "./timeline.ts"

/** The job's row changes so, and its story is one entry longer. */
const change = (event: JobStoryEvent, columns: ColumnValues<typeof jobs.columns>): readonly Write[] => [
  put(jobs, { job_id: event.data.jobId }, columns),
  entry(event),
]

type Ending = Extract<LogEvent, { readonly data: { readonly attemptId: string | null; readonly deliveredTokens: number } }>

/** An end without an attempt at work leaves what earlier attempts delivered. */
const delivered = ({ data }: Ending): ColumnValues<typeof jobs.columns> =>
  data.attemptId === null ? {} : { attempt_delivered: data.deliveredTokens }

const ledgerRules: Rules = {
  HoldPlaced: (event) => [entry(event)],
  HoldSettled: (event) => change(event, { cost: event.data.price, paid_at: event.data.at }),
  HoldReleased: (event) => change(event, { cost: 0n, paid_at: event.data.at }),
  RcpAwarded: (event) => [entry(event)],
}

const startRules: Rules = {
  JobSubmitted: (event) => {
    const { data, position } = event
    return change(event, {
      stage: "submitted",
      namespace_id: data.namespaceId,
      key_id: data.keyId,
      hold_id: data.holdId,
      gateway_id: data.gatewayId,
      environment: data.environment,
      model: data.model,
      mode: data.mode,
      priority: data.priority,
      prompt_tokens: data.promptTokens,
      max_output_tokens: data.maxOutputTokens,
      submitted_at: data.at,
      deadline_at: data.deadlineAt,
      position,
    })
  },
  JobVoided: (event) => {
    const { namespaceId, holdId, at } = event.data
    const row = { namespace_id: namespaceId, hold_id: holdId, submitted_at: at, ended_at: at, position: event.position }
    return change(event, { stage: "voided", end_reason: "never_submitted", ...row })
  },
}

const attemptRules: Rules = {
  JobAssigned: (event) => {
    const { attempt, nodeId, payee, resumeFromTokens, at } = event.data
    const last = { attempts: attempt, node_id: nodeId, payee, last_assigned_at: at }
    const counts = { delivered_before: resumeFromTokens, attempt_delivered: 0 }
    const first = attempt === 1 ? { first_assigned_at: at } : {}
    return change(event, { stage: "assigned", ...last, ...counts, ...first })
  },
  ProgressMarked: (event) => change(event, { stage: "running", ...delivered(event), last_progress_at: event.data.at }),
  AttemptFailed: (event) => change(event, { stage: "submitted", ...delivered(event), last_failure: event.data.reason }),
}

const endRules: Rules = {
  JobCancelRequested: (event) => change(event, { cancel_requested_at: event.data.at }),
  JobCompleted: (event) => {
    const { finishReason, at } = event.data
    return change(event, { stage: "completed", ...delivered(event), finish_reason: finishReason, ended_at: at })
  },
  JobCancelled: (event) => {
    const { reason, at } = event.data
    return change(event, { stage: "cancelled", ...delivered(event), end_reason: reason, ended_at: at })
  },
  JobFailed: (event) => {
    const { reason, at } = event.data
    return change(event, { stage: "failed", ...delivered(event), end_reason: reason, ended_at: at })
  },
  JobExpired: (event) => change(event, { stage: "expired", ...delivered(event), end_reason: "expired", ended_at: event.data.at }),
  JobDeadLettered: (event) =>
    change(event, { stage: "dead_lettered", end_reason: "attempts_exhausted", ended_at: event.data.at }),
}

export const jobsProjection = defineProjection({
  name: "jobs",
  version: 1,
  tables: [jobs, jobTimeline],
  rules: { ...ledgerRules, ...startRules, ...attemptRules, ...endRules },
})
