import { Schema } from "effect"

const ItemStatus = Schema.Literals(["in_progress", "completed", "incomplete"])

const logprobFields = { token: Schema.String, logprob: Schema.Number, bytes: Schema.mutable(Schema.Array(Schema.Int)) }

export const OutputTextLogprob = Schema.Struct({
  ...logprobFields,
  top_logprobs: Schema.mutable(Schema.Array(Schema.Struct(logprobFields))),
})
export type OutputTextLogprob = typeof OutputTextLogprob.Type

export const OutputText = Schema.Struct({
  type: Schema.Literal("output_text"),
  text: Schema.String,
  annotations: Schema.mutable(Schema.Array(Schema.Never)),
  logprobs: Schema.mutable(Schema.Array(OutputTextLogprob)),
})
export type OutputText = typeof OutputText.Type

export const OutputMessage = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("message"),
  role: Schema.Literal("assistant"),
  status: ItemStatus,
  content: Schema.mutable(Schema.Array(OutputText)),
})
export type OutputMessage = typeof OutputMessage.Type

export const FunctionCallItem = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("function_call"),
  call_id: Schema.String,
  name: Schema.String,
  arguments: Schema.String,
  status: ItemStatus,
})
export type FunctionCallItem = typeof FunctionCallItem.Type

/** What a response gives. */
export const OutputItem = Schema.Union([OutputMessage, FunctionCallItem])
export type OutputItem = typeof OutputItem.Type

const InputText = Schema.Struct({ type: Schema.Literal("input_text"), text: Schema.String })

const InputMessage = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("message"),
  role: Schema.Literals(["user", "system", "developer"]),
  status: ItemStatus,
  content: Schema.mutable(Schema.Array(InputText)),
})

const FunctionCallOutputItem = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("function_call_output"),
  call_id: Schema.String,
  output: Schema.String,
  status: ItemStatus,
})

/** One step of a conversation: what a client put in, or what an earlier response gave. */
export const ResponseItem = Schema.Union([InputMessage, OutputMessage, FunctionCallItem, FunctionCallOutputItem])
export type ResponseItem = typeof ResponseItem.Type
