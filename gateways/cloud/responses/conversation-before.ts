import type { NamespaceId } from "#domain/kernel/ids.ts"
import { ApiError } from "../../http/api-error.ts"
import { missing, unsupported } from "../conversation/read-fields.ts"
import { MAX_MESSAGES } from "../chat/chat-request.ts"
import type { ReadItem } from "./input-items.ts"
import type { TurnItem } from "./item-messages.ts"
import type { ResponseOrder } from "./read-response-request.ts"
import type { ResponseArchive } from "./response-archive.ts"
import { responseOfItem } from "./response-ids.ts"
import type { ResponseItem } from "./response-items.ts"

/** All that a response answers, oldest first. */
export interface Answered {
  readonly items: readonly TurnItem[]
  /** How many of these, the last ones, the request put in. */
  readonly given: number
}

/** Finds what a request refers to; throws the 404 for what is not there, or of another namespace. */
export const conversationOf = async (archive: ResponseArchive, namespaceId: NamespaceId, order: ResponseOrder): Promise<Answered> => {
  const { previousId, input } = order
  const before = previousId === null ? [] : await itemsThrough(archive, namespaceId, previousId)
  const given: TurnItem[] = []
  for (const item of input) given.push(item.type === "item_reference" ? await referred(archive, namespaceId, item) : item)
  const items = [...before, ...given]
  if (items.length === 0) throw missing("input")
  if (items.length > MAX_MESSAGES) throw tooLong(previousId === null ? "input" : "previous_response_id")
  return { items, given: given.length }
}

const itemsThrough = async (archive: ResponseArchive, namespaceId: NamespaceId, id: string): Promise<readonly ResponseItem[]> => {
  const kept = await archive.find(namespaceId, id)
  if (kept === null) throw previousNotFound(id)
  return [...kept.items, ...kept.response.output]
}

const referred = async (archive: ResponseArchive, namespaceId: NamespaceId, { id, param }: Extract<ReadItem, { readonly type: "item_reference" }>): Promise<ResponseItem> => {
  const responseId = responseOfItem(id)
  const kept = responseId === null ? null : await archive.find(namespaceId, responseId)
  const item = kept === null ? undefined : [...kept.items, ...kept.response.output].find((one) => one.id === id)
  if (item === undefined) throw itemNotFound(id, param)
  return item
}

const notFound = (code: string, message: string, param: string) =>
  new ApiError({ status: 404, type: "invalid_request_error", code, message, param })

const SHOWN_CHARACTERS = 64
const shown = (id: string): string => id.slice(0, SHOWN_CHARACTERS).toWellFormed()

const previousNotFound = (id: string) =>
  notFound("previous_response_not_found", `Previous response with id '${shown(id)}' not found.`, "previous_response_id")

const itemNotFound = (id: string, param: string) => notFound("item_not_found", `Item with id '${shown(id)}' not found.`, param)

export const responseNotFound = (id: string) => notFound("response_not_found", `Response with id '${shown(id)}' not found.`, "response_id")

const tooLong = (param: string) => unsupported(param, `a conversation has at most ${MAX_MESSAGES} items`)
