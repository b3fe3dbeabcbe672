import { Schema } from "effect"
import { optional } from "../conversation/request-fields.ts"

/** As OpenAI has it. */
export const MAX_INPUTS = 2_048

const Tokens = Schema.Array(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))

/** Body of `POST /v1/embeddings`, as far as it has an effect. */
export const EmbeddingRequest = Schema.Struct({
  model: Schema.String,
  /** One text or the token ids of one, or several of either. */
  input: Schema.Union([Schema.String, Schema.Array(Schema.String), Tokens, Schema.Array(Tokens)]),
  /** `base64`: little-endian float32. */
  encoding_format: optional(Schema.Literals(["float", "base64"])),
  dimensions: optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
}).annotate({ identifier: "EmbeddingRequest" })
export type EmbeddingRequest = typeof EmbeddingRequest.Type
