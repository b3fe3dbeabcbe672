import type { ChatHistoryItem, ChatModelFunctionCall } from "node-llama-cpp"
import type { ChatMessage, ToolCall } from "#domain/protocol/inference-request.ts"

type ModelItem = Extract<ChatHistoryItem, { type: "model" }>

/** The history that ends with the answer so far: the model goes on right after it. */
export const chatHistory = (messages: readonly ChatMessage[], saidText: string): ChatHistoryItem[] => {
  const results = new Map(messages.flatMap((message) => (message.role === "tool" ? [[message.toolCallId, message.content] as const] : [])))
  const called = new Set(messages.flatMap((message) => (message.role === "assistant" ? (message.toolCalls ?? []).map(({ id }) => id) : [])))
  const items: ChatHistoryItem[] = []
  for (const message of messages) {
    switch (message.role) {
      case "assistant":
        addResponse(items, responseOf(message, results))
        break
      case "tool":
        // A result is told with its call. One of a call that is not there is something the user said.
        if (!called.has(message.toolCallId)) items.push({ type: "user", text: message.content })
        break
      default:
        items.push({ type: message.role, text: message.content })
    }
  }
  // After a tool's result the model goes on with its own turn.
  const continues = messages.at(-1)?.role === "tool" && items.at(-1)?.type === "model"
  if (continues) addResponse(items, saidText === "" ? [] : [saidText])
  else items.push({ type: "model", response: saidText === "" ? [] : [saidText] })
  return items
}

type AssistantMessage = Extract<ChatMessage, { role: "assistant" }>

const responseOf = ({ content, toolCalls = [] }: AssistantMessage, results: ReadonlyMap<string, string>): ModelItem["response"] => [
  ...(content === "" && toolCalls.length > 0 ? [] : [content]),
  ...toolCalls.map((call, index) => functionCall(call, results.get(call.id), index === 0)),
]

/** What the model calls and says until the user speaks again is one turn of it. */
const addResponse = (items: ChatHistoryItem[], response: ModelItem["response"]): void => {
  const last = items.at(-1)
  const goesOn = last?.type === "model" && last.response.some((part) => typeof part === "object" && part.type === "functionCall")
  if (goesOn) items[items.length - 1] = { type: "model", response: [...last.response, ...response] }
  else items.push({ type: "model", response })
}

const functionCall = ({ name, arguments: json }: ToolCall, result: string | undefined, startsNewChunk: boolean): ChatModelFunctionCall => ({
  type: "functionCall",
  name,
  params: parsed(json),
  result: result === undefined ? undefined : parsed(result),
  ...(startsNewChunk ? { startsNewChunk } : {}),
})

/** JSON is told as JSON, and not as text that holds some. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
