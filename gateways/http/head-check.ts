import type { FastifyRequest } from "fastify"
import { ApiError, badRequest } from "./api-error.ts"
import type { HttpLimits } from "./http-limits.ts"

/** Sent twice, two readers of the same request could take it for two different ones. */
const ONCE = new Set(["authorization", "content-length", "content-type", "host", "idempotency-key", "transfer-encoding"])

/** What is wrong with the request line and the headers, or null. Runs before anything else looks at the request. */
export const headProblem = ({ raw }: FastifyRequest, limits: HttpLimits): ApiError | null => {
  const { rawHeaders, headers, httpVersion, url = "" } = raw
  if (url.length > limits.urlCharacters) return refused(414, "url_too_long", `The request URL is longer than ${limits.urlCharacters} characters.`)
  if (rawHeaders.length / 2 > limits.headers) return refused(431, "too_many_headers", `The request has more than ${limits.headers} headers.`)
  const twice = repeatedName(rawHeaders)
  if (twice !== null) return malformed(`The header '${twice}' was sent more than once.`)
  if (httpVersion === "1.1" && headers.host === undefined) return malformed("The request has no 'Host' header.")
  const encoding = headers["transfer-encoding"]
  if (encoding !== undefined && (encoding.toLowerCase() !== "chunked" || httpVersion !== "1.1")) {
    return malformed("The only transfer encoding here is chunked, in HTTP/1.1.")
  }
  const expectation = headers.expect
  if (expectation !== undefined && expectation.toLowerCase() !== "100-continue") {
    return refused(417, "unknown_expectation", "The only expectation that can be met is 100-continue.")
  }
  return null
}

const repeatedName = (rawHeaders: readonly string[]): string | null => {
  const seen = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase()
    if (!ONCE.has(name)) continue
    if (seen.has(name)) return name
    seen.add(name)
  }
  return null
}

const malformed = (message: string) => badRequest({ code: "malformed_http", message })

const refused = (status: number, code: string, message: string) =>
  new ApiError({ status, type: "invalid_request_error", code, message })
