import type { FastifyRequest } from "fastify"
import { type EventPlace, readEventId } from "../requests/event-id.ts"
import { malformedEventId, malformedKey } from "../requests/request-problems.ts"

/** What a client wants of its request beside the answer. */
export interface Wish {
  /** Under which a repeat is the same request; null where it has none. */
  readonly key: string | null
  /** An answer that can be fetched later, instead of one to wait for. */
  readonly isAsync: boolean
  /** The last event that it has of the stream that it wants the rest of. */
  readonly last: EventPlace | null
}

export const RESUMABLE_HEADER = "x-resultity-resumable"

const KEY = /^[\x20-\x7e]{1,255}$/
const ASYNC = /(?:^|[,;\s])respond-async(?:$|[,;\s])/i

/** Null for a request that is to be answered and forgotten. */
export const wishOf = ({ headers, body }: Pick<FastifyRequest, "headers" | "body">, { mayBeLater }: { readonly mayBeLater: boolean }): Wish | null => {
  const key = one(headers["idempotency-key"])
  if (key !== null && !KEY.test(key)) throw malformedKey()
  const isAsync = mayBeLater && ASYNC.test(one(headers["prefer"]) ?? "")
  const last = lastEvent(headers)
  const isResumable = one(headers[RESUMABLE_HEADER])?.toLowerCase() === "true" && isStreamed(body)
  return key === null && !isAsync && !isResumable ? null : { key, isAsync, last }
}

/** Throws the 400 for what is no event's id. */
export const lastEvent = (headers: FastifyRequest["headers"]): EventPlace | null => {
  const text = one(headers["last-event-id"])
  if (text === null || text === "") return null
  const place = readEventId(text)
  if (place === null) throw malformedEventId()
  return place
}

const one = (value: string | readonly string[] | undefined): string | null => (value === undefined ? null : typeof value === "string" ? value : (value[0] ?? null))

export const isStreamed = (body: unknown): boolean => typeof body === "object" && body !== null && "stream" in body && body.stream === true
