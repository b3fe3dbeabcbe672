import type { FastifyRequest } from "fastify"
import { ApiError, badRequest, bodyTooLarge } from "./api-error.ts"
import { declaredFor } from "./decorators.ts"
import { jsonExcess } from "./json-shape.ts"
import type { Operation, RouteLimits } from "./routes.ts"

/** What a route allows that says nothing of it. */
export const DEFAULT_LIMITS: RouteLimits = { bodyBytes: 1024 * 1024, bodyMs: 30_000, jsonDepth: 64, jsonValues: 100_000 }
/** Read and thrown away of a larger body, so that a client that is still sending gets to read the refusal. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024

type Done = (error: Error | null, body?: unknown) => void

export const limitsOf = ({ limits }: Operation): RouteLimits => ({ ...DEFAULT_LIMITS, ...limits })

/** Fastify content-type parser for every content type: a body is JSON, whatever a client calls it, unless its route reads a stream. */
export const readBody = (request: FastifyRequest, payload: NodeJS.ReadableStream, done: Done): void => {
  const declared = declaredFor(request)
  if (declared === null) return done(null)
  if (declared.reads === "stream") return done(null, payload)
  const encoding = request.headers["content-encoding"] ?? "identity"
  if (encoding !== "identity") return done(compressed())
  readJson(payload, limitsOf(declared), done)
}

const readJson = (payload: NodeJS.ReadableStream, limits: RouteLimits, done: Done): void => {
  const { bodyBytes, bodyMs } = limits
  const chunks: Buffer[] = []
  let bytes = 0
  const finish = (error: Error | null, body?: unknown) => {
    clearTimeout(timer)
    payload.removeListener("data", onData)
    payload.removeListener("end", onEnd)
    payload.removeListener("error", onError)
    payload.resume()
    done(error, body)
  }
  const onData = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bodyBytes) return void chunks.push(chunk)
    chunks.length = 0
    if (bytes > MAX_DRAINED_BYTES) finish(bodyTooLarge(bodyBytes))
  }
  const onEnd = () => {
    if (bytes > bodyBytes) return finish(bodyTooLarge(bodyBytes))
    const parsed = parseJson(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks), limits)
    return parsed instanceof Error ? finish(parsed) : finish(null, parsed.value)
  }
  const onError = () => finish(malformed("The request body broke off."))
  const timer = setTimeout(() => finish(tooSlow()), bodyMs)
  payload.on("data", onData)
  payload.on("end", onEnd)
  payload.on("error", onError)
}

const malformed = (message: string) => badRequest({ code: "malformed_json", message })

const compressed = () =>
  new ApiError({
    status: 415, type: "invalid_request_error", code: "unsupported_encoding", headers: { "accept-encoding": "identity" },
    message: "The request body is compressed; send it as it is.",
  })

const tooSlow = () =>
  new ApiError({
    status: 408, type: "invalid_request_error", code: "request_timeout", headers: { connection: "close" },
    message: "The request body took too long to arrive.",
  })

const utf8 = new TextDecoder("utf-8", { fatal: true })

const parseJson = (bytes: Buffer, limits: RouteLimits): { readonly value: unknown } | Error => {
  try {
    const text = utf8.decode(bytes)
    if (text.trim() === "") return malformed("The request body is empty; it must be a JSON object.")
    const excess = jsonExcess(text, limits)
    if (excess === "depth") return malformed(`The request body is nested deeper than ${limits.jsonDepth} levels.`)
    if (excess === "values") return malformed(`The request body has more than ${limits.jsonValues} values.`)
    return { value: JSON.parse(text) }
  } catch {
    // The parser's own message would repeat parts of the body.
    return malformed("We could not parse the JSON body of your request. It must be valid JSON in UTF-8.")
  }
}
