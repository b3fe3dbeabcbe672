import { Schema } from "effect"
import { ResponseBody } from "./response-body.ts"
import { OutputItem, OutputText, OutputTextLogprob } from "./response-items.ts"

const whole = { response: ResponseBody }
const item = { output_index: Schema.Int, item: OutputItem }
const ofItem = { item_id: Schema.String, output_index: Schema.Int }
const ofText = { ...ofItem, content_index: Schema.Int }
const logprobs = Schema.mutable(Schema.Array(OutputTextLogprob))

const event = <const Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields })

const OUTPUT_EVENTS = [
  event("response.output_item.added", item),
  event("response.output_item.done", item),
  event("response.content_part.added", { ...ofText, part: OutputText }),
  event("response.content_part.done", { ...ofText, part: OutputText }),
  event("response.output_text.delta", { ...ofText, delta: Schema.String, logprobs }),
  event("response.output_text.done", { ...ofText, text: Schema.String, logprobs }),
  event("response.function_call_arguments.delta", { ...ofItem, delta: Schema.String }),
  event("response.function_call_arguments.done", { ...ofItem, name: Schema.String, arguments: Schema.String }),
] as const

const RESPONSE_EVENTS = [
  event("response.created", whole),
  event("response.in_progress", whole),
  event("response.completed", whole),
  event("response.incomplete", whole),
  event("response.failed", whole),
] as const

const OutputEvent = Schema.Union(OUTPUT_EVENTS)
/** About an item of the output. */
export type OutputEvent = typeof OutputEvent.Type

const WholeEvent = Schema.Union(RESPONSE_EVENTS)
/** About the response as a whole. The last three end it; a stream has exactly one of them. */
export type WholeEvent = typeof WholeEvent.Type

const numbered = { sequence_number: Schema.Int }

/** One event of a stream; its `event:` line is its type. */
export const ResponseStreamEvent = Schema.Union(
  [...OUTPUT_EVENTS, ...RESPONSE_EVENTS].map((one) => Schema.Struct({ ...one.fields, ...numbered })),
).annotate({ identifier: "ResponseStreamEvent" })

/** Writes events, and numbers them from 0. */
export const eventWriter = (): ((events: readonly (OutputEvent | WholeEvent)[]) => string) => {
  let next = 0
  const write = (one: OutputEvent | WholeEvent): string => {
    const { type, ...rest } = one
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: next++, ...rest })}\n\n`
  }
  return (events) => events.map(write).join("")
}
