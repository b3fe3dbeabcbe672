import { Result } from "effect"
import { creditLedger, type LedgerEvent } from "#domain/credit-ledger/index.ts"
import { job, type JobEvent } from "#domain/job/index.ts"
import type { JobRecord } from "../../ports/generations.ts"
import type { FeedbackBody } from "../feedback/feedback-body.ts"
import type { GenerationJob } from "./generation-body.ts"

type Told = JobEvent | LedgerEvent

/** One job's record, from its row and its story. */
export const generationJob = ({ job: row, story }: JobRecord, feedback: readonly FeedbackBody[]): GenerationJob => {
  const told = story.flatMap(({ type, data }) => decode({ type, data }))
  const hold = told.find((event) => event.type === "HoldPlaced")?.data
  const receipt = told.find((event) => event.type === "JobCompleted")?.data.receipt ?? null
  const prompt = hold?.quote.promptTokens ?? row.promptTokens
  const duration = row.endedAt === null ? null : Math.max(0, row.endedAt - row.submittedAt)
  const generation = receipt?.durationMs ?? null
  return {
    job_id: row.jobId, status: row.stage, model: row.model, mode: row.mode, key_id: row.keyId,
    finish_reason: row.finishReason, end_reason: row.endReason, cancelled: row.stage === "cancelled",
    attempts: attemptsOf(told), retries: Math.max(0, row.attempts - 1),
    usage: { prompt_tokens: prompt, completion_tokens: row.completionTokens, total_tokens: prompt + row.completionTokens },
    cost: {
      charged: row.cost === null ? null : String(row.cost), held: text(hold?.amount), input_rate: text(hold?.quote.inputRate),
      output_rate: text(hold?.quote.outputRate), policy_hash: hold?.quote.policyHash ?? null, settled_at: row.paidAt,
    },
    timings: {
      submitted_at: row.submittedAt, assigned_at: row.firstAssignedAt, first_token_at: null, ended_at: row.endedAt, duration_ms: duration,
      queue_ms: row.firstAssignedAt === null ? null : Math.max(0, row.firstAssignedAt - row.submittedAt),
      generation_ms: generation, latency_ms: duration === null || generation === null ? null : Math.max(0, duration - generation),
    },
    feedback,
  }
}

const text = (amount: bigint | undefined): string | null => (amount === undefined ? null : String(amount))

const decode = (wire: { readonly type: string; readonly data: unknown }): readonly Told[] => {
  const [ofJob, ofLedger] = [job.codec.decode(wire), creditLedger.codec.decode(wire)]
  if (Result.isSuccess(ofJob)) return [ofJob.success]
  return Result.isSuccess(ofLedger) ? [ofLedger.success] : []
}

type Attempt = GenerationJob["attempts"][number]

const attemptsOf = (told: readonly Told[]): readonly Attempt[] => {
  const attempts = new Map<string, Attempt>()
  const nodes = new Map<string, number>()
  const numberOf = (nodeId: string): number => {
    const known = nodes.get(nodeId) ?? nodes.size + 1
    nodes.set(nodeId, known)
    return known
  }
  const change = (attemptId: string | null, changed: Partial<Attempt>): void => {
    const attempt = attempts.get(attemptId ?? "")
    if (attempt !== undefined && attemptId !== null) attempts.set(attemptId, { ...attempt, ...changed })
  }
  for (const { type, data } of told) {
    switch (type) {
      case "JobAssigned":
        attempts.set(data.attemptId, { attempt: data.attempt, node: numberOf(data.nodeId), assigned_at: data.at, tokens: 0, outcome: null, failure: null })
        break
      case "ProgressMarked":
        change(data.attemptId, { tokens: data.deliveredTokens })
        break
      case "AttemptFailed":
        change(data.attemptId, { tokens: data.deliveredTokens, outcome: "failed", failure: data.reason })
        break
      case "JobCompleted":
        change(data.attemptId, { tokens: data.deliveredTokens, outcome: "answered" })
        break
      case "JobCancelled":
      case "JobFailed":
      case "JobExpired":
        change(data.attemptId, { tokens: data.deliveredTokens, outcome: "stopped" })
        break
      default:
        break
    }
  }
  return [...attempts.values()]
}
