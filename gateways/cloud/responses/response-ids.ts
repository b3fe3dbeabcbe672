import { Option, Schema } from "effect"
import { JobId, RequestId } from "#domain/kernel/ids.ts"

export const RESPONSE_PREFIX = "resp_"

/** On a request that this gateway asks itself: the id that its client was given. Never taken from a client. */
export const RESPONSE_ID_HEADER = "x-resultity-response-id"

const PREFIXES = { message: "msg_", function_call: "fc_", function_call_output: "fco_" } as const

/** An item's id tells its response, and its place among all items of that response, those that were put in first. */
export const itemId = (type: keyof typeof PREFIXES, responseId: string, place: number): string =>
  `${PREFIXES[type]}${responseId.slice(RESPONSE_PREFIX.length)}_${place}`

const ITEM = /^[a-z]{2,4}_([0-9a-f-]{36})_\d{1,5}$/

/** The response whose item it is, by its id; null for an id that is not of our making. */
export const responseOfItem = (id: string): string | null => {
  const uuid = ITEM.exec(id)?.[1]
  return uuid === undefined ? null : `${RESPONSE_PREFIX}${uuid}`
}

const decodeJobId = Schema.decodeUnknownOption(JobId)
const decodeRequestId = Schema.decodeUnknownOption(RequestId)

/** The job that made a response that a client waited for; null for what is no response's id. */
export const jobOfResponse = (id: string): JobId | null =>
  id.startsWith(RESPONSE_PREFIX) ? Option.getOrNull(decodeJobId(`job_${id.slice(RESPONSE_PREFIX.length)}`)) : null

/** The request that makes a response in the background. */
export const requestOfResponse = (id: string): RequestId | null =>
  id.startsWith(RESPONSE_PREFIX) ? Option.getOrNull(decodeRequestId(`req_${id.slice(RESPONSE_PREFIX.length)}`)) : null

export const responseOfRequest = (id: RequestId): string => `${RESPONSE_PREFIX}${id.slice("req_".length)}`

const MS_PER_S = 1_000

/** When an id was made, in seconds since 1970: a UUID of version 7 begins with its milliseconds. */
export const createdAt = (responseId: string): number => {
  const [high = "", low = ""] = responseId.slice(RESPONSE_PREFIX.length).split("-")
  return Math.floor(Number.parseInt(high + low, 16) / MS_PER_S)
}
