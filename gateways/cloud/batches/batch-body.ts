import { Schema } from "effect"
import { BatchMetadata, BatchProblem } from "#commands/batch/run-batch.ts"
import type { KnownBatch } from "#domain/batch/index.ts"
import { seconds } from "../files/file-deps.ts"

const Time = Schema.optionalKey(Schema.Int)

/** Times in seconds since 1970; those that did not come to pass are left out. */
export const BatchBody = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("batch"),
  endpoint: Schema.String,
  model: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(Schema.Struct({ object: Schema.Literal("list"), data: Schema.Array(BatchProblem) })),
  input_file_id: Schema.String,
  completion_window: Schema.Literal("24h"),
  status: Schema.Literals(["validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"]),
  output_file_id: Schema.optionalKey(Schema.String),
  error_file_id: Schema.optionalKey(Schema.String),
  created_at: Schema.Int,
  in_progress_at: Time,
  expires_at: Schema.Int,
  finalizing_at: Time,
  completed_at: Time,
  failed_at: Time,
  expired_at: Time,
  cancelling_at: Time,
  cancelled_at: Time,
  request_counts: Schema.Struct({ total: Schema.Int, completed: Schema.Int, failed: Schema.Int }),
  metadata: Schema.NullOr(BatchMetadata),
}).annotate({ identifier: "Batch" })
export type BatchBody = typeof BatchBody.Type

export const BatchList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.Array(BatchBody),
  first_id: Schema.optionalKey(Schema.String),
  last_id: Schema.optionalKey(Schema.String),
  has_more: Schema.Boolean,
}).annotate({ identifier: "BatchList" })

export interface Told {
  readonly metadata: BatchMetadata | null
  readonly problems: readonly BatchProblem[]
}

/** In OpenAI's words. */
export const statusOf = ({ stage, ended, cancelRequestedAt }: KnownBatch): BatchBody["status"] => {
  if (stage === "ended") return ended?.outcome ?? "completed"
  return stage !== "failed" && cancelRequestedAt !== null ? "cancelling" : stage
}

export const batchBody = (batch: KnownBatch, { metadata, problems }: Told): BatchBody => {
  const { created, started, ended, failure, finalizing, cancelRequestedAt, completed, failed } = batch
  return {
    id: created.batchId, object: "batch", endpoint: created.endpoint,
    ...(started !== null && { model: started.model }),
    ...(failure !== null && { errors: { object: "list" as const, data: problems } }),
    input_file_id: created.inputFileId, completion_window: "24h", status: statusOf(batch),
    ...(ended !== null && ended.outputFileId !== null && { output_file_id: ended.outputFileId }),
    ...(ended !== null && ended.errorFileId !== null && { error_file_id: ended.errorFileId }),
    created_at: seconds(created.at), expires_at: seconds(created.expiresAt),
    ...(started !== null && { in_progress_at: seconds(started.at) }),
    ...(finalizing !== null && { finalizing_at: seconds(finalizing.at) }),
    ...(failure !== null && { failed_at: seconds(failure.at) }),
    ...(cancelRequestedAt !== null && { cancelling_at: seconds(cancelRequestedAt) }),
    ...(ended !== null && { [`${ended.outcome}_at`]: seconds(ended.at) }),
    request_counts: { total: started?.lines ?? 0, completed, failed }, metadata,
  }
}
