import type { ChatMessage } from "#domain/protocol/inference-request.ts"
import { badRequest } from "../../http/api-error.ts"
import type { ContentPart, RequestMessage } from "./chat-request.ts"
import { unsupported } from "./refused-parameters.ts"

/** Between the text parts of one message. */
const PART_SEPARATOR = "\n"

/** The client's messages as the network carries them: three roles, plain text. Throws the 400 for what is not served. */
export const toChatMessages = (messages: readonly RequestMessage[]): readonly ChatMessage[] => messages.map(toChatMessage)

const toChatMessage = ({ role, content }: RequestMessage, index: number): ChatMessage => {
  const param = `messages[${index}]`
  if (role === "tool" || role === "function") throw unsupported(`${param}.role`, "tools are not supported")
  if (content === null || content === undefined) {
    throw badRequest({
      code: "missing_required_parameter", param: `${param}.content`, message: `Missing required parameter: '${param}.content'.`,
    })
  }
  const text = typeof content === "string" ? content : joinParts(content, `${param}.content`)
  return { role: role === "developer" ? "system" : role, content: wellFormed(text, `${param}.content`) }
}

const joinParts = (parts: readonly ContentPart[], param: string): string =>
  parts.map((part, index) => textOf(part, `${param}[${index}]`)).join(PART_SEPARATOR)

const textOf = (part: ContentPart, param: string): string => {
  if (part.type !== "text" && part.type !== "refusal") throw unsupported(`${param}.type`, "only text parts are supported")
  const text = part[part.type]
  if (text !== undefined) return text
  const missing = `${param}.${part.type}`
  throw badRequest({ code: "missing_required_parameter", param: missing, message: `Missing required parameter: '${missing}'.` })
}

/** Half a surrogate pair has no UTF-8 form: it could not travel to a node unchanged. */
export const wellFormed = (text: string, param: string): string => {
  if (text.isWellFormed()) return text
  throw badRequest({ code: "invalid_value", param, message: `Invalid value for '${param}': not well-formed Unicode text.` })
}
