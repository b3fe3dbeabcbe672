import type { ApiError } from "../../http/api-error.ts"
import { invalidValue, missing, unsupported, wellFormed } from "../conversation/read-fields.ts"
import { itemId } from "./response-ids.ts"
import type { ResponseItem } from "./response-items.ts"
import type { GivenItem, GivenPart, ResponseRequest } from "./response-request.ts"

/** An item without the id that it gets with its response. */
type WithoutId<Item> = Item extends { readonly id: string } ? Omit<Item, "id"> & { readonly id: string | null } : never

/** An item that was put in: as it stands there, or where it is to be found. */
export type ReadItem = WithoutId<ResponseItem> | { readonly type: "item_reference"; readonly id: string; readonly param: string }

/** Between the text parts of one message. */
const PART_SEPARATOR = "\n"

/** Words are one message of the user. Throws the 400 for what is not served. */
export const readInput = (input: ResponseRequest["input"]): readonly ReadItem[] => {
  if (input === null || input === undefined) return []
  if (typeof input !== "string") return input.flatMap((item, index) => readItem(item, `input[${index}]`))
  return [inputMessage("user", null, wellFormed(input, "input"))]
}

const inputMessage = (role: "user" | "system" | "developer", id: string | null, text: string): ReadItem => ({
  id, type: "message", role, status: "completed", content: [{ type: "input_text", text }],
})

const readItem = (item: GivenItem, param: string): readonly ReadItem[] => {
  const id = idOf(item, param)
  switch (item.type ?? "message") {
    case "message":
      return [readMessage(item, id, param)]
    case "function_call": {
      const args = wellFormed(given(item.arguments, `${param}.arguments`), `${param}.arguments`)
      return [{ id, type: "function_call", call_id: callId(item, param), name: given(item.name, `${param}.name`), arguments: args, status: "completed" }]
    }
    case "function_call_output":
      return [{ id, type: "function_call_output", call_id: callId(item, param), output: textOf(item.output, `${param}.output`), status: "completed" }]
    case "item_reference":
      if (id === null) throw missing(`${param}.id`)
      return [{ type: "item_reference", id, param: `${param}.id` }]
    // How a model of another service thought: it means nothing to those here.
    case "reasoning":
      return []
    default:
      throw unsupported(`${param}.type`, "only messages, function calls, their outputs, reasoning and references are supported")
  }
}

const readMessage = ({ role, content }: GivenItem, id: string | null, param: string): ReadItem => {
  const text = textOf(content, `${param}.content`)
  const speaker = given(role, `${param}.role`)
  if (speaker !== "assistant") return inputMessage(speaker, id, text)
  return { id, type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text, annotations: [], logprobs: [] }] }
}

const given = <Value>(value: Value | null | undefined, param: string): Value => {
  if (value === null || value === undefined) throw missing(param)
  return value
}

const MAX_ID_CHARACTERS = 256

const idOf = ({ id }: GivenItem, param: string): string | null => {
  if (id === null || id === undefined || id === "") return null
  if (id.length > MAX_ID_CHARACTERS) throw invalidValue(`${param}.id`, `at most ${MAX_ID_CHARACTERS} characters`)
  return wellFormed(id, `${param}.id`)
}

const callId = ({ call_id }: GivenItem, param: string): string => wellFormed(given(call_id, `${param}.call_id`), `${param}.call_id`)

const textOf = (content: GivenItem["content"], param: string): string => {
  const told = given(content, param)
  return wellFormed(typeof told === "string" ? told : joinParts(told, param), param)
}

const joinParts = (parts: readonly GivenPart[], param: string): string =>
  parts.map((part, index) => textOfPart(part, `${param}[${index}]`)).join(PART_SEPARATOR)

const textOfPart = (part: GivenPart, param: string): string => {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text":
      return given(part.text, `${param}.text`)
    case "refusal":
      return given(part.refusal, `${param}.refusal`)
    case "input_image":
      throw refusedImage(part, param)
    default:
      throw unsupported(`${param}.type`, "only text parts are supported")
  }
}

/** We fetch nothing for a client, and no model looks at images yet. */
const refusedImage = ({ image_url: url }: GivenPart, param: string): ApiError => {
  if (typeof url === "string" && !url.startsWith("data:")) return invalidValue(`${param}.image_url`, "only data: URLs are taken, nothing is fetched")
  return unsupported(`${param}.type`, "no model takes images")
}

/** Items that were put in get the ids of their response where they came without. */
export const withIds = (items: readonly (ResponseItem | WithoutId<ResponseItem>)[], responseId: string): readonly ResponseItem[] =>
  items.map((item, place): ResponseItem => ({ ...item, id: item.id ?? itemId(item.type, responseId, place) }))
