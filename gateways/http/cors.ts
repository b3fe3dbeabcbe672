import type { FastifyReply, FastifyRequest } from "fastify"
import type { Exposure } from "./http-limits.ts"

/** For a browser to ask again whether it may. */
const MAX_AGE_S = "7200"
/** What pages may read of an answer beside its body. */
const EXPOSED = [
  "x-request-id", "retry-after", "x-should-retry", "x-resultity-job-id", "x-resultity-request-id", "idempotent-replayed", "location", "preference-applied", "openai-processing-ms",
  ...["limit", "remaining", "reset"].flatMap((what) => [`x-ratelimit-${what}-requests`, `x-ratelimit-${what}-tokens`]),
].join(", ")
const TOKENS = /^[\w!#$%&'*+.^`|~-]+(?: *, *[\w!#$%&'*+.^`|~-]+)*$/

/** Adds what a browser needs to let a page of an allowed origin read the answer. */
export const allowOrigin = ({ corsOrigins }: Exposure, request: FastifyRequest, reply: FastifyReply): void => {
  if (corsOrigins.length === 0) return
  reply.header("vary", "origin")
  const { origin } = request.headers
  if (origin === undefined || !isAllowed(corsOrigins, origin)) return
  reply.headers({ "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED })
}

const isAllowed = (origins: readonly string[], origin: string): boolean => origins.includes("*") || origins.includes(origin)

/** The headers that answer a preflight for a path with these methods, or null when the request is none that is allowed. */
export const preflight = (
  { corsOrigins }: Exposure,
  { method, headers }: FastifyRequest,
  allowed: readonly string[],
): Readonly<Record<string, string>> | null => {
  const { origin, "access-control-request-method": wanted, "access-control-request-headers": names } = headers
  if (method !== "OPTIONS" || origin === undefined || wanted === undefined || allowed.length === 0) return null
  if (!isAllowed(corsOrigins, origin)) return null
  return {
    "access-control-allow-methods": allowed.join(", "),
    "access-control-max-age": MAX_AGE_S,
    // The official client sends a dozen headers of its own, and the next version another one.
    ...(names !== undefined && TOKENS.test(names) && { "access-control-allow-headers": names }),
  }
}
