import type { Refusals } from "../chat/refused-parameters.ts"

const never = () => false

/** What is refused rather than ignored: a client must not mistake the answer for what it asked for. */
export const REFUSED_IN_RESPONSES: Refusals = {
  conversation: { harmless: never, why: "conversations are not kept here; use previous_response_id" },
  prompt: { harmless: never, why: "prompt templates are not kept here; use instructions and input" },
  truncation: { harmless: (value) => value === "disabled", why: "nothing of an input is left out; only disabled is supported" },
  context_management: { harmless: (value) => Array.isArray(value) && value.length === 0, why: "nothing of a conversation is compacted" },
}

/** What can come with a response beside its text; those of tools that run nowhere here have nothing to come with. */
export const INCLUDABLE = [
  "message.output_text.logprobs", "reasoning.encrypted_content", "file_search_call.results", "web_search_call.results",
  "web_search_call.action.sources", "message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs",
] as const
export const LOGPROBS = INCLUDABLE[0]
