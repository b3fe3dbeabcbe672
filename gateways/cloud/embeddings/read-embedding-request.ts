import { Result, Schema } from "effect"
import type { EmbeddingTask } from "#domain/protocol/inference-request.ts"
import { badRequest } from "../../http/api-error.ts"
import { schemaProblem } from "../../http/schema-problem.ts"
import { invalidValue } from "../conversation/read-fields.ts"
import { readPrompts } from "../conversation/read-prompts.ts"
import type { VectorEncoding } from "./embedding-list.ts"
import { EmbeddingRequest, MAX_INPUTS } from "./embedding-request.ts"

export interface EmbeddingOrder {
  readonly model: string
  readonly encoding: VectorEncoding
  readonly task: EmbeddingTask
}

const decode = Schema.decodeUnknownResult(EmbeddingRequest)

/** Reads a body that was parsed as JSON, or throws the 400 that names what is wrong with it. */
export const readEmbeddingRequest = (body: unknown): EmbeddingOrder => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
  }
  const decoded = decode(body)
  if (Result.isFailure(decoded)) throw schemaProblem(decoded.failure.issue)
  const { model, input, encoding_format, dimensions } = decoded.success
  const inputs = readPrompts(input, "input", MAX_INPUTS)
  const empty = inputs.indexOf("")
  if (empty >= 0) throw invalidValue(typeof input === "string" ? "input" : `input[${empty}]`, "it must not be empty")
  return {
    model,
    encoding: encoding_format ?? "float",
    task: { task: "embedding", inputs, ...(typeof dimensions === "number" && { dimensions }) },
  }
}
