import { Schema } from "effect"
import { FunctionName, JsonSchema, MAX_MESSAGES, MAX_TOOLS, MAX_TOP_LOGPROBS } from "../chat/chat-request.ts"
import { MultimodelFields, optional, samplingFields, StreamOptions, tokenLimit } from "../conversation/request-fields.ts"

/** As OpenAI has it: pairs, characters of a key, characters of a value. */
const MAX_METADATA = { pairs: 16, key: 64, value: 512 }

/** Text and a refusal; other parts are refused by name. */
const GivenPart = Schema.Struct({
  type: Schema.String,
  text: Schema.optionalKey(Schema.String),
  refusal: Schema.optionalKey(Schema.String),
  image_url: Schema.optionalKey(Schema.Unknown),
})
export type GivenPart = typeof GivenPart.Type

const GivenContent = Schema.Union([Schema.String, Schema.Array(GivenPart)])

export const GivenItem = Schema.Struct({
  /** message (also where it is absent), function_call, function_call_output, item_reference; reasoning is accepted and not used. */
  type: optional(Schema.String),
  id: optional(Schema.String),
  /** Of a message. */
  role: optional(Schema.Literals(["user", "assistant", "system", "developer"])),
  content: optional(GivenContent),
  /** Of a call and its output. */
  call_id: optional(Schema.String),
  name: optional(FunctionName),
  arguments: optional(Schema.String),
  output: optional(GivenContent),
})
export type GivenItem = typeof GivenItem.Type

const GivenTool = Schema.Struct({
  /** Only `function` is served. */
  type: Schema.String,
  name: optional(FunctionName),
  description: optional(Schema.String),
  parameters: optional(JsonSchema),
  /** Arguments always fit the parameters, whether asked for or not. */
  strict: optional(Schema.Boolean),
})
export type GivenTool = typeof GivenTool.Type

const GivenToolChoice = Schema.Union([
  Schema.Literals(["none", "auto", "required"]),
  Schema.Struct({ type: Schema.String, name: Schema.optionalKey(Schema.String) }),
])

const GivenFormat = Schema.Struct({
  /** `text`, `json_object` or `json_schema`. */
  type: Schema.String,
  name: optional(FunctionName),
  description: optional(Schema.String),
  schema: optional(JsonSchema),
  strict: optional(Schema.Boolean),
})
export type GivenFormat = typeof GivenFormat.Type

export const Verbosity = Schema.Literals(["low", "medium", "high"])

const Metadata = Schema.Record(
  Schema.String.check(Schema.isMaxLength(MAX_METADATA.key)),
  Schema.String.check(Schema.isMaxLength(MAX_METADATA.value)),
).check(Schema.isMaxProperties(MAX_METADATA.pairs))

/** Body of `POST /v1/responses`, as far as it has an effect or comes back. Other fields are accepted and ignored, or refused by name. */
export const ResponseRequest = Schema.Struct({
  model: Schema.String,
  /** May be absent where a response before is gone on from. */
  input: optional(Schema.Union([Schema.String, Schema.Array(GivenItem).check(Schema.isMaxLength(MAX_MESSAGES))])),
  instructions: optional(Schema.String),
  previous_response_id: optional(Schema.String),
  /** Default true: it can be retrieved, and gone on from, as long as the namespace keeps content. */
  store: optional(Schema.Boolean),
  /** Made without a client that waits; poll it by its id. */
  background: optional(Schema.Boolean),
  stream: optional(Schema.Boolean),
  stream_options: StreamOptions,
  max_output_tokens: optional(tokenLimit),
  /** All but `temperature` and `top_p` beyond OpenAI's responses, as in chats. */
  ...samplingFields,
  top_logprobs: optional(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: MAX_TOP_LOGPROBS }))),
  include: optional(Schema.Array(Schema.String)),
  tools: optional(Schema.Array(GivenTool).check(Schema.isMaxLength(MAX_TOOLS))),
  tool_choice: optional(GivenToolChoice),
  parallel_tool_calls: optional(Schema.Boolean),
  text: optional(Schema.Struct({ format: optional(GivenFormat), verbosity: optional(Verbosity) })),
  metadata: optional(Metadata),
  user: optional(Schema.String),
  safety_identifier: optional(Schema.String),
  prompt_cache_key: optional(Schema.String),
  ...MultimodelFields,
}).annotate({ identifier: "ResponseRequest" })
export type ResponseRequest = typeof ResponseRequest.Type
