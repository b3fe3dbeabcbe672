import { Result, Schema } from "effect"
import type { BatchMetadata } from "#commands/batch/run-batch.ts"
import { badRequest } from "../../http/api-error.ts"
import { schemaProblem } from "../../http/schema-problem.ts"

const MAX_METADATA_PAIRS = 16
const MAX_METADATA_KEY_CHARACTERS = 64
const MAX_METADATA_VALUE_CHARACTERS = 512
const MS_PER_S = 1_000

const Metadata = Schema.Record(
  Schema.String.check(Schema.isMaxLength(MAX_METADATA_KEY_CHARACTERS)),
  Schema.String.check(Schema.isMaxLength(MAX_METADATA_VALUE_CHARACTERS)),
).check(Schema.isMaxProperties(MAX_METADATA_PAIRS))

export const BatchRequest = Schema.Struct({
  input_file_id: Schema.String,
  /** A route that each line asks. */
  endpoint: Schema.String,
  completion_window: Schema.Literal("24h"),
  metadata: Schema.optionalKey(Schema.NullOr(Metadata)),
  output_expires_after: Schema.optionalKey(
    Schema.NullOr(Schema.Struct({ anchor: Schema.Literal("created_at"), seconds: Schema.Int.check(Schema.isBetween({ minimum: 3_600, maximum: 2_592_000 })) })),
  ),
}).annotate({ identifier: "BatchRequest" })

export interface AskedBatch {
  readonly inputFileId: string
  readonly endpoint: string
  readonly metadata: BatchMetadata | null
  readonly outputKeepMs: number | null
}

const decode = Schema.decodeUnknownResult(BatchRequest)

/** `endpoints`: those that a batch can ask. Throws the 400 that names what is wrong. */
export const readBatchRequest = (body: unknown, endpoints: readonly string[]): AskedBatch => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
  }
  const decoded = decode(body)
  if (Result.isFailure(decoded)) throw schemaProblem(decoded.failure.issue)
  const { input_file_id, endpoint, metadata, output_expires_after } = decoded.success
  if (!endpoints.includes(endpoint)) {
    throw badRequest({ code: "invalid_value", param: "endpoint", message: `Invalid value for 'endpoint': expected one of ${endpoints.join(", ")}.` })
  }
  const after = output_expires_after ?? null
  return { inputFileId: input_file_id, endpoint, metadata: metadata ?? null, outputKeepMs: after === null ? null : after.seconds * MS_PER_S }
}
