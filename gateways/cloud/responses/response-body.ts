import { Schema } from "effect"
import type { FinishReason } from "#domain/job/index.ts"
import { inCredits, type JobUsage } from "../conversation/usage.ts"
import { OutputItem } from "./response-items.ts"
import { type GivenFormat, type ResponseRequest, Verbosity } from "./response-request.ts"

const ResponseUsage = Schema.Struct({
  input_tokens: Schema.Int,
  input_tokens_details: Schema.Struct({ cached_tokens: Schema.Int, cache_write_tokens: Schema.Int }),
  output_tokens: Schema.Int,
  output_tokens_details: Schema.Struct({ reasoning_tokens: Schema.Int }),
  total_tokens: Schema.Int,
  /** What the request costs, in credits; a decimal string, exact. */
  cost: Schema.String,
  /** The same in micro-credits; a string, as it may pass 2^53. */
  cost_micro_credits: Schema.String,
}).annotate({ identifier: "ResponseUsage" })

const ResponseTool = Schema.Struct({
  type: Schema.Literal("function"),
  name: Schema.String,
  description: Schema.NullOr(Schema.String),
  parameters: Schema.NullOr(Schema.Record(Schema.String, Schema.Json)),
  strict: Schema.Boolean,
})

const ToolChoice = Schema.Union([
  Schema.Literals(["none", "auto", "required"]),
  Schema.Struct({ type: Schema.Literal("function"), name: Schema.String }),
])

const Format = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["text", "json_object"]) }),
  Schema.Struct({
    type: Schema.Literal("json_schema"),
    name: Schema.String,
    description: Schema.optionalKey(Schema.String),
    schema: Schema.Record(Schema.String, Schema.Json),
    strict: Schema.Boolean,
  }),
])

/** What a response repeats of its request. */
const Settings = Schema.Struct({
  access_programs: Schema.Null,
  background: Schema.Boolean,
  instructions: Schema.NullOr(Schema.String),
  max_output_tokens: Schema.NullOr(Schema.Int),
  max_tool_calls: Schema.Null,
  metadata: Schema.Record(Schema.String, Schema.String),
  parallel_tool_calls: Schema.Boolean,
  previous_response_id: Schema.NullOr(Schema.String),
  prompt_cache_key: Schema.NullOr(Schema.String),
  reasoning: Schema.Struct({ effort: Schema.Null, summary: Schema.Null }),
  safety_identifier: Schema.NullOr(Schema.String),
  service_tier: Schema.Literal("default"),
  /** Whether it can be retrieved. */
  store: Schema.Boolean,
  temperature: Schema.Number,
  text: Schema.Struct({ format: Format, verbosity: Schema.optionalKey(Verbosity) }),
  tool_choice: ToolChoice,
  tools: Schema.mutable(Schema.Array(ResponseTool)),
  top_logprobs: Schema.Int,
  top_p: Schema.Number,
  truncation: Schema.Literal("disabled"),
  user: Schema.optionalKey(Schema.String),
})
export type ResponseSettings = typeof Settings.Type

export const ResponseBody = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("response"),
  created_at: Schema.Int,
  completed_at: Schema.NullOr(Schema.Int),
  status: Schema.Literals(["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]),
  error: Schema.NullOr(Schema.Struct({ code: Schema.Literals(["server_error", "rate_limit_exceeded"]), message: Schema.String })),
  incomplete_details: Schema.NullOr(Schema.Struct({ reason: Schema.Literal("max_output_tokens") })),
  model: Schema.String,
  output: Schema.mutable(Schema.Array(OutputItem)),
  /** Once it has ended. */
  usage: Schema.optionalKey(ResponseUsage),
  ...Settings.fields,
}).annotate({ identifier: "Response" })
export type ResponseBody = typeof ResponseBody.Type

export const settingsOf = (asked: ResponseRequest): ResponseSettings => {
  const { text, tool_choice: choice, user } = asked
  const format = text?.format ?? { type: "text" }
  return {
    access_programs: null,
    background: asked.background ?? false,
    instructions: asked.instructions ?? null,
    max_output_tokens: asked.max_output_tokens ?? null,
    max_tool_calls: null,
    metadata: asked.metadata ?? {},
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: asked.previous_response_id ?? null,
    prompt_cache_key: asked.prompt_cache_key ?? null,
    reasoning: { effort: null, summary: null },
    safety_identifier: asked.safety_identifier ?? null,
    service_tier: "default",
    store: asked.store ?? true,
    temperature: asked.temperature ?? 1,
    text: { format: toFormat(format), ...(text?.verbosity && { verbosity: text.verbosity }) },
    tool_choice: decodeChoice(choice ?? "auto"),
    tools: (asked.tools ?? []).map(({ name, description, parameters, strict }) => ({
      type: "function", name: name ?? "", description: description ?? null, parameters: parameters ?? null, strict: strict ?? true,
    })),
    top_logprobs: asked.top_logprobs ?? 0,
    top_p: asked.top_p ?? 1,
    truncation: "disabled",
    ...(typeof user === "string" && { user }),
  }
}

const decodeChoice = Schema.decodeUnknownSync(ToolChoice)

/** The request was read before: these are what they may be. */
const toFormat = ({ type, name, description, schema, strict }: GivenFormat): typeof Format.Type => {
  if (type !== "json_schema") return { type: type === "json_object" ? type : "text" }
  return { type, name: name ?? "", ...(typeof description === "string" && { description }), schema: schema ?? {}, strict: strict ?? false }
}

/** Details that we do not tell apart are none. */
export const toResponseUsage = ({ promptTokens, completionTokens, cost }: JobUsage): typeof ResponseUsage.Type => ({
  input_tokens: promptTokens,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: completionTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: promptTokens + completionTokens,
  cost: inCredits(cost),
  cost_micro_credits: String(cost),
})

/** How a response ended, by how its answer did. */
export const endOf = (reason: FinishReason): Pick<ResponseBody, "status" | "incomplete_details"> =>
  reason === "length"
    ? { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }
    : { status: "completed", incomplete_details: null }
