import type { ChatMessage, ToolCall } from "#domain/protocol/inference-request.ts"
import { invalidValue, missing, unsupported, wellFormed } from "../conversation/read-fields.ts"
import type { ContentPart, MessageToolCall, RequestMessage } from "./chat-request.ts"

/** Between the text parts of one message. */
const PART_SEPARATOR = "\n"

/** The client's messages as the network carries them: four roles, plain text, calls. Throws the 400 for what is not served. */
export const toChatMessages = (messages: readonly RequestMessage[]): readonly ChatMessage[] => {
  const called = new Set<string>()
  return messages.map((message, index) => {
    const read = toChatMessage(message, `messages[${index}]`)
    if (read.role === "assistant") for (const { id } of read.toolCalls ?? []) called.add(id)
    if (read.role === "tool" && !called.has(read.toolCallId)) {
      throw invalidValue(`messages[${index}].tool_call_id`, "no message before it has a tool call with this id")
    }
    return read
  })
}

const toChatMessage = (message: RequestMessage, param: string): ChatMessage => {
  const { role, content } = message
  switch (role) {
    case "function":
      throw unsupported(`${param}.role`, "functions are not served in their old form; use tools")
    case "tool":
      if (typeof message.tool_call_id !== "string") throw missing(`${param}.tool_call_id`)
      return { role, content: textOf(content, `${param}.content`), toolCallId: wellFormed(message.tool_call_id, `${param}.tool_call_id`) }
    case "assistant": {
      const calls = (message.tool_calls ?? []).map((call, index) => toToolCall(call, `${param}.tool_calls[${index}]`))
      const said = content ?? message.refusal ?? (calls.length > 0 ? "" : null)
      return { role, content: textOf(said, `${param}.content`), ...(calls.length > 0 && { toolCalls: calls }) }
    }
    case "system":
    case "developer":
    case "user":
      return { role: role === "developer" ? "system" : role, content: textOf(content, `${param}.content`) }
  }
}

const toToolCall = ({ id, type, function: called }: MessageToolCall, param: string): ToolCall => {
  if (type !== "function") throw unsupported(`${param}.type`, "only calls of functions are supported")
  if (called === null || called === undefined) throw missing(`${param}.function`)
  const { name, arguments: args } = called
  return { id: wellFormed(id, `${param}.id`), name, arguments: wellFormed(args, `${param}.function.arguments`) }
}

const textOf = (content: RequestMessage["content"], param: string): string => {
  if (content === null || content === undefined) throw missing(param)
  return wellFormed(typeof content === "string" ? content : joinParts(content, param), param)
}

const joinParts = (parts: readonly ContentPart[], param: string): string =>
  parts.map((part, index) => textOfPart(part, `${param}[${index}]`)).join(PART_SEPARATOR)

const textOfPart = (part: ContentPart, param: string): string => {
  if (part.type === "image_url") throw refusedImage(part, param)
  if (part.type !== "text" && part.type !== "refusal") throw unsupported(`${param}.type`, "only text parts are supported")
  const text = part[part.type]
  if (text === undefined) throw missing(`${param}.${part.type}`)
  return text
}

/** We fetch nothing for a client, and no model looks at images yet. */
const refusedImage = ({ image_url: image }: ContentPart, param: string) => {
  const url = typeof image === "object" && image !== null && "url" in image ? image.url : image
  if (typeof url !== "string") return missing(`${param}.image_url.url`)
  if (!url.startsWith("data:")) return invalidValue(`${param}.image_url.url`, "only data: URLs are taken, nothing is fetched")
  return unsupported(`${param}.type`, "no model takes images")
}
