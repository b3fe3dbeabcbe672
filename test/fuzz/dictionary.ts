import type { Dictionary } from "./schema-values.ts"

const TOOL = { type: "function", function: { name: "look", description: "Looks.", parameters: { type: "object", properties: { at: { type: "string" } } } } }
/** As responses have it. */
const FLAT_TOOL = { type: "function", ...TOOL.function }
const USER = { role: "user", content: "call look" }
const CALLED = { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "look", arguments: "{}" } }] }

/** Members with which a request gets further than with what only fits their schema: half of what OpenAI asks is not said in one. */
export const dictionaryFor = (model: string): Dictionary => ({
  model: [model],
  models: [null],
  messages: [
    [USER], [{ role: "system", content: "Be brief." }, { role: "user", content: [{ type: "text", text: "one" }, { type: "text", text: "two" }] }],
    [{ role: "developer", content: "x" }, USER, CALLED, { role: "tool", tool_call_id: "call_1", content: "seen" }],
  ],
  prompt: ["Once upon a time", ["one", "two"], [1, 2, 3]],
  input: ["hello", [USER], ["one", "two"], [1, 2, 3], [[1], [2, 3]]],
  tools: [null, [TOOL], [FLAT_TOOL]],
  tool_choice: [null, "auto", "none"],
  functions: [null],
  function_call: [null],
  response_format: [
    null, { type: "text" }, { type: "json_object" },
    { type: "json_schema", json_schema: { name: "s", strict: true, schema: { type: "object", properties: { a: { type: "integer" } }, required: ["a"], additionalProperties: false } } },
  ],
  modalities: [null, ["text"]],
  stream_options: [null],
  stop: [null, "zzz", ["yyy", "zzz"]],
  n: [null, 1, 2],
  best_of: [null],
  suffix: [null, "the end"],
  repetition_penalty: [null, 1, 1.1],
  top_k: [null, 40],
  max_tokens: [null, 1, 20],
  max_completion_tokens: [null, 20],
  logprobs: [null, false],
  top_logprobs: [null],
  logit_bias: [null, {}],
  dimensions: [null, 8],
  previous_response_id: [null],
  include: [null, ["message.output_text.logprobs"]],
  "X-Resultity-Class": ["community"],
})
