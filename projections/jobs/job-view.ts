import type { JobTables } from "./table.ts"

const STAGES = [
  "submitted", "assigned", "running", "completed", "failed", "cancelled", "expired", "dead_lettered", "voided",
] as const
export type JobStage = (typeof STAGES)[number]

export interface JobView {
  readonly jobId: string
  readonly stage: JobStage
  readonly namespaceId: string
  readonly keyId: string
  readonly holdId: string
  readonly gatewayId: string
  readonly environment: string
  readonly model: string
  readonly mode: string
  readonly priority: string
  readonly promptTokens: number
  readonly maxOutputTokens: number
  /** Tokens that reached the client, by all attempts. */
  readonly completionTokens: number
  readonly attempts: number
  /** Of the last attempt. Not for the eyes of the client. */
  readonly nodeId: string | null
  readonly payee: string | null
  /** Why the last failed attempt failed. */
  readonly lastFailure: string | null
  readonly finishReason: string | null
  readonly endReason: string | null
  /** Micro-credits, from the ledger; null until the hold has ended. */
  readonly cost: bigint | null
  readonly submittedAt: number
  readonly deadlineAt: number
  readonly firstAssignedAt: number | null
  readonly lastAssignedAt: number | null
  readonly lastProgressAt: number | null
  readonly cancelRequestedAt: number | null
  readonly endedAt: number | null
  /** When the hold ended. */
  readonly paidAt: number | null
}

const orNull = (time: bigint | null): number | null => (time === null ? null : Number(time))

const stageOf = (row: JobTables["jobs"]): JobStage => {
  const stage = STAGES.find((known) => known === row.stage)
  if (stage === undefined) throw new Error(`job ${row.job_id} is in unknown stage ${row.stage}`)
  return stage
}

export const jobView = (row: JobTables["jobs"]): JobView => ({
  jobId: row.job_id,
  stage: stageOf(row),
  namespaceId: row.namespace_id,
  keyId: row.key_id,
  holdId: row.hold_id,
  gatewayId: row.gateway_id,
  environment: row.environment,
  model: row.model,
  mode: row.mode,
  priority: row.priority,
  promptTokens: Number(row.prompt_tokens),
  maxOutputTokens: Number(row.max_output_tokens),
  completionTokens: Number(row.delivered_before + row.attempt_delivered),
  attempts: Number(row.attempts),
  nodeId: row.node_id,
  payee: row.payee,
  lastFailure: row.last_failure,
  finishReason: row.finish_reason,
  endReason: row.end_reason,
  cost: row.cost,
  submittedAt: Number(row.submitted_at),
  deadlineAt: Number(row.deadline_at),
  firstAssignedAt: orNull(row.first_assigned_at),
  lastAssignedAt: orNull(row.last_assigned_at),
  lastProgressAt: orNull(row.last_progress_at),
  cancelRequestedAt: orNull(row.cancel_requested_at),
  endedAt: orNull(row.ended_at),
  paidAt: orNull(row.paid_at),
})
