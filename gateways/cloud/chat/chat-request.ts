import { Schema } from "effect"
import { countOf, MultimodelFields, optional, samplingFields, StreamOptions, tokenLimit } from "../conversation/request-fields.ts"
import { MAX_JOBS } from "../conversation/order.ts"

/** Messages in one request. */
export const MAX_MESSAGES = 2_048
export const MAX_TOOLS = 128
export const MAX_TOP_LOGPROBS = 20

export const FunctionName = Schema.String.check(Schema.isPattern(/^[a-zA-Z0-9_-]{1,64}$/))
export const JsonSchema = Schema.Record(Schema.String, Schema.Json)

/** Text, and an assistant's `refusal`; other parts are refused by name while no model takes them. */
const ContentPart = Schema.Struct({
  type: Schema.String,
  text: Schema.optionalKey(Schema.String),
  refusal: Schema.optionalKey(Schema.String),
  image_url: Schema.optionalKey(Schema.Unknown),
})
export type ContentPart = typeof ContentPart.Type

/** Of an assistant; only functions are served. */
const MessageToolCall = Schema.Struct({
  id: Schema.String,
  type: Schema.String,
  function: optional(Schema.Struct({ name: FunctionName, arguments: Schema.String })),
})
export type MessageToolCall = typeof MessageToolCall.Type

export const RequestMessage = Schema.Struct({
  /** `developer` is served as `system`; `function` is refused. */
  role: Schema.Literals(["system", "developer", "user", "assistant", "tool", "function"]),
  content: optional(Schema.Union([Schema.String, Schema.Array(ContentPart)])),
  name: optional(Schema.String),
  refusal: optional(Schema.String),
  tool_calls: optional(Schema.Array(MessageToolCall).check(Schema.isMaxLength(MAX_TOOLS))),
  /** Of a `tool` message: the call that it answers. */
  tool_call_id: optional(Schema.String),
})
export type RequestMessage = typeof RequestMessage.Type

const RequestTool = Schema.Struct({
  /** Only `function` is served. */
  type: Schema.String,
  function: optional(
    Schema.Struct({
      name: FunctionName,
      description: optional(Schema.String),
      parameters: optional(JsonSchema),
      /** Arguments always fit the parameters, whether asked for or not. */
      strict: optional(Schema.Boolean),
    }),
  ),
})
export type RequestTool = typeof RequestTool.Type

const NamedTool = Schema.Struct({ type: Schema.String, function: optional(Schema.Struct({ name: Schema.String })) })
const RequestToolChoice = Schema.Union([Schema.Literals(["none", "auto", "required"]), NamedTool])

const ResponseFormat = Schema.Struct({
  /** `text`, `json_object` or `json_schema`. */
  type: Schema.String,
  json_schema: optional(
    Schema.Struct({ name: FunctionName, description: optional(Schema.String), schema: optional(JsonSchema), strict: optional(Schema.Boolean) }),
  ),
})
export type ResponseFormat = typeof ResponseFormat.Type

/** Body of `POST /v1/chat/completions`, as far as it has an effect. Other fields are accepted and ignored, or refused by name. */
export const ChatRequest = Schema.Struct({
  model: Schema.String,
  messages: Schema.Array(RequestMessage).check(Schema.isBetweenLength(1, MAX_MESSAGES)),
  stream: optional(Schema.Boolean),
  stream_options: StreamOptions,
  n: optional(countOf(MAX_JOBS)),
  max_tokens: optional(tokenLimit),
  /** Wins over `max_tokens`. */
  max_completion_tokens: optional(tokenLimit),
  ...samplingFields,
  logprobs: optional(Schema.Boolean),
  top_logprobs: optional(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: MAX_TOP_LOGPROBS }))),
  tools: optional(Schema.Array(RequestTool).check(Schema.isMaxLength(MAX_TOOLS))),
  tool_choice: optional(RequestToolChoice),
  parallel_tool_calls: optional(Schema.Boolean),
  response_format: optional(ResponseFormat),
  ...MultimodelFields,
}).annotate({ identifier: "ChatRequest" })
export type ChatRequest = typeof ChatRequest.Type
