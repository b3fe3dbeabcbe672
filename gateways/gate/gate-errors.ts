import { MAX_CLOCK_SKEW_MS } from "#domain/protocol/frames.ts"
import { ApiError, badRequest, unavailable } from "../http/api-error.ts"

const refused = (status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) =>
  new ApiError({ status, type: "invalid_request_error", code, message, headers })

export const invalidField = (param: string, message: string) => badRequest({ code: "invalid_value", param, message })

export const wrongEnvironment = (ours: string, theirs: string) =>
  badRequest({ code: "wrong_environment", param: "environment", message: `This is ${ours}; the request is for ${theirs}.` })

export const staleRequest = (offMs: number) =>
  badRequest({
    code: "stale_request", param: "issued_at",
    message: `'issued_at' is ${Math.round(Math.abs(offMs) / 1_000)} s ${offMs > 0 ? "behind" : "ahead of"} this server's clock; ` +
      `${MAX_CLOCK_SKEW_MS / 1_000} s are allowed. Set the clock and sign again.`,
  })

export const badSignature = () =>
  refused(401, "invalid_signature", "The signature is not by the key of 'node_id' (in EIP-55 form) over these fields.")

export const notRegistered = (nodeId: string) =>
  refused(403, "node_not_registered", `Node ${nodeId} is not registered here. Join the network once; credentials come after.`)

export const repeatedRequest = () =>
  refused(409, "repeated_request", "This request, or a later one of this node, was granted already. Sign a new one.")

export const tooManyRequests = (retryAfterMs: number) =>
  new ApiError({
    status: 429, type: "rate_limit_error", code: "rate_limit_exceeded",
    message: "This node asked for credentials too often.",
    headers: { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
  })

export const tooBusy = () => unavailable("too_busy", "Too many requests for credentials at the moment. Please try again.")

export const nodesUnavailable = () =>
  unavailable("nodes_unavailable", "Registered nodes cannot be looked up at the moment. Please try again.")
