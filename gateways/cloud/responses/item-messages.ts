import type { ChatMessage, ToolCall } from "#domain/protocol/inference-request.ts"
import { invalidValue } from "../conversation/read-fields.ts"
import type { ReadItem } from "./input-items.ts"
import type { ResponseItem } from "./response-items.ts"

/** An item with or without an id: a model does not see it. */
export type TurnItem = ResponseItem | Exclude<ReadItem, { readonly type: "item_reference" }>

/**
 * The turns of a conversation as the network carries them. Calls belong to the assistant's words before them. `given`: how many of the
 * items, the last ones, this request put in.
 */
export const toTurns = (items: readonly TurnItem[], given: number): readonly ChatMessage[] => {
  const turns: ChatMessage[] = []
  const called = new Set<string>()
  for (const [index, item] of items.entries()) {
    switch (item.type) {
      case "message":
        turns.push(toMessage(item))
        break
      case "function_call":
        called.add(item.call_id)
        addCall(turns, { id: item.call_id, name: item.name, arguments: item.arguments })
        break
      case "function_call_output":
        if (!called.has(item.call_id)) {
          throw invalidValue(`input[${index - (items.length - given)}].call_id`, "no item before it is a function call with this id")
        }
        turns.push({ role: "tool", content: item.output, toolCallId: item.call_id })
    }
  }
  return turns
}

const toMessage = ({ role, content }: Extract<TurnItem, { readonly type: "message" }>): ChatMessage => {
  const text = content.map((part) => part.text).join("")
  return { role: role === "developer" ? "system" : role, content: text }
}

const addCall = (turns: ChatMessage[], call: ToolCall): void => {
  const last = turns.at(-1)
  if (last?.role !== "assistant") return void turns.push({ role: "assistant", content: "", toolCalls: [call] })
  turns[turns.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] }
}
