import type { InferenceRequest, Prompt } from "#domain/protocol/inference-request.ts"
import type { PromptSize } from "#node/ports/inference-engine.ts"

/** A word with the space behind it is a token. */
export const wordsOf = (text: string): readonly string[] => text.match(/\s*\S+\s?|\s+/g) ?? []

/** A prompt of token ids as words. */
export const promptText = (prompt: Prompt): string => (typeof prompt === "string" ? prompt : prompt.map((id) => `t${id}`).join(" "))

const wordCount = (text: string): number => wordsOf(text).length

export const sizeOf = (request: InferenceRequest): PromptSize => {
  if (request.task === "embedding") {
    const sizes = request.inputs.map((input) => wordCount(promptText(input)))
    return { tokens: sizes.reduce((sum, size) => sum + size, 0), longest: Math.max(0, ...sizes) }
  }
  const tokens = request.task === "completion" ? wordCount(promptText(request.prompt)) + wordCount(request.suffix ?? "") : chatSize(request)
  return { tokens, longest: tokens }
}

const chatSize = ({ messages, tools = [] }: Extract<InferenceRequest, { task: "chat" }>): number => {
  const parts = messages.flatMap((message) => [message.content, ...("toolCalls" in message ? [JSON.stringify(message.toolCalls)] : [])])
  return [...parts, ...tools.map((tool) => JSON.stringify(tool))].reduce((sum, part) => sum + wordCount(part), 0)
}
