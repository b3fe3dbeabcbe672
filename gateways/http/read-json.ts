import type { FastifyRequest } from "fastify"
import { badRequest, bodyTooLarge } from "./api-error.ts"
import { isDeeperThan } from "./json-depth.ts"

/** Largest request body. */
export const MAX_BODY_BYTES = 1024 * 1024
/** Read and thrown away of a larger body, so that a client that is still sending gets to read the refusal. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024
/** Nesting of objects and arrays in a body. */
export const MAX_JSON_DEPTH = 64

type Done = (error: Error | null, body?: unknown) => void

/** Fastify content-type parser for every content type: all bodies here are JSON, whatever a client calls them. */
export const readJson = (request: FastifyRequest, payload: NodeJS.ReadableStream, done: Done): void => {
  if (request.is404) return done(null)
  const chunks: Buffer[] = []
  let bytes = 0
  const finish = (error: Error | null, body?: unknown) => {
    payload.removeAllListeners("data")
    payload.removeListener("end", onEnd)
    payload.removeListener("error", onError)
    payload.resume()
    done(error, body)
  }
  const onEnd = () => {
    if (bytes > MAX_BODY_BYTES) return finish(bodyTooLarge(MAX_BODY_BYTES))
    const parsed = parseJson(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
    return parsed instanceof Error ? finish(parsed) : finish(null, parsed.value)
  }
  const onError = () => finish(malformed("The request body broke off."))
  payload.on("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MAX_BODY_BYTES) return void chunks.push(chunk)
    chunks.length = 0
    if (bytes > MAX_DRAINED_BYTES) finish(bodyTooLarge(MAX_BODY_BYTES))
  })
  payload.on("end", onEnd)
  payload.on("error", onError)
}

const malformed = (message: string) => badRequest({ code: "malformed_json", message })

const utf8 = new TextDecoder("utf-8", { fatal: true })

const parseJson = (bytes: Buffer): { readonly value: unknown } | Error => {
  try {
    const text = utf8.decode(bytes)
    if (text.trim() === "") return malformed("The request body is empty; it must be a JSON object.")
    if (isDeeperThan(text, MAX_JSON_DEPTH)) return malformed(`The request body is nested deeper than ${MAX_JSON_DEPTH} levels.`)
    return { value: JSON.parse(text) }
  } catch {
    // The parser's own message would repeat parts of the body.
    return malformed("We could not parse the JSON body of your request. It must be valid JSON in UTF-8.")
  }
}
