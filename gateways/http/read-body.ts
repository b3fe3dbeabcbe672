import type { FastifyRequest } from "fastify"
import { badRequest, bodyTooLarge } from "./api-error.ts"
import { declaredFor } from "./decorators.ts"
import { isDeeperThan } from "./json-depth.ts"
import type { RouteLimits } from "./routes.ts"

/** What a route allows that says nothing of it. */
export const DEFAULT_LIMITS: RouteLimits = { bodyBytes: 1024 * 1024, jsonDepth: 64 }
/** Read and thrown away of a larger body, so that a client that is still sending gets to read the refusal. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024

type Done = (error: Error | null, body?: unknown) => void

/** Fastify content-type parser for every content type: a body is JSON, whatever a client calls it, unless its route reads a stream. */
export const readBody = (request: FastifyRequest, payload: NodeJS.ReadableStream, done: Done): void => {
  const declared = declaredFor(request)
  if (declared === null) return done(null)
  if (declared.reads === "stream") return done(null, payload)
  readJson(payload, { ...DEFAULT_LIMITS, ...declared.limits }, done)
}

const readJson = (payload: NodeJS.ReadableStream, { bodyBytes, jsonDepth }: RouteLimits, done: Done): void => {
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
    if (bytes > bodyBytes) return finish(bodyTooLarge(bodyBytes))
    const parsed = parseJson(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks), jsonDepth)
    return parsed instanceof Error ? finish(parsed) : finish(null, parsed.value)
  }
  const onError = () => finish(malformed("The request body broke off."))
  payload.on("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bodyBytes) return void chunks.push(chunk)
    chunks.length = 0
    if (bytes > MAX_DRAINED_BYTES) finish(bodyTooLarge(bodyBytes))
  })
  payload.on("end", onEnd)
  payload.on("error", onError)
}

const malformed = (message: string) => badRequest({ code: "malformed_json", message })

const utf8 = new TextDecoder("utf-8", { fatal: true })

const parseJson = (bytes: Buffer, maxDepth: number): { readonly value: unknown } | Error => {
  try {
    const text = utf8.decode(bytes)
    if (text.trim() === "") return malformed("The request body is empty; it must be a JSON object.")
    if (isDeeperThan(text, maxDepth)) return malformed(`The request body is nested deeper than ${maxDepth} levels.`)
    return { value: JSON.parse(text) }
  } catch {
    // The parser's own message would repeat parts of the body.
    return malformed("We could not parse the JSON body of your request. It must be valid JSON in UTF-8.")
  }
}
