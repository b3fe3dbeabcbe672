import { JobId } from "#domain/kernel/ids.ts"
import { Option, Schema } from "effect"

export const RESPONSE_PREFIX = "resp_"

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

/** The job that made a response; null for what is no response's id. */
export const jobOfResponse = (id: string): JobId | null =>
  id.startsWith(RESPONSE_PREFIX) ? Option.getOrNull(decodeJobId(`job_${id.slice(RESPONSE_PREFIX.length)}`)) : null
