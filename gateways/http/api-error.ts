/** The body of every error, in OpenAI's form: all four keys, always. */
export interface ErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}

interface ErrorParts {
  readonly status: number
  readonly type: string
  /** Also the label under which the refusal is counted: from a fixed list, never a client's words. */
  readonly code: string
  readonly message: string
  readonly param?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer other than the one the client wanted. Its message is for the client: no paths, no names of ours. */
export class ApiError extends Error {
  readonly status: number
  readonly type: string
  readonly code: string
  readonly param: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor({ status, type, code, message, param = null, headers = {} }: ErrorParts) {
    super(message)
    this.status = status
    this.type = type
    this.code = code
    this.param = param
    this.headers = headers
  }

  get body(): ErrorBody {
    const { message, type, param, code } = this
    return { error: { message, type, param, code } }
  }
}

/** Seconds after which a client may try again when nothing better is known. */
const RETRY_AFTER_S = "2"

const ofClient = (status: number, code: string, message: string, param: string | null = null) =>
  new ApiError({ status, type: "invalid_request_error", code, message, param })

export const badRequest = (parts: { readonly code: string; readonly message: string; readonly param?: string }) =>
  ofClient(400, parts.code, parts.message, parts.param ?? null)

export const invalidKey = (message: string) =>
  new ApiError({
    status: 401, type: "invalid_request_error", code: "invalid_api_key", message, headers: { "www-authenticate": "Bearer" },
  })

/** The key is good and may not do this. */
export const forbidden = (parts: { readonly code: string; readonly message: string; readonly param?: string }) =>
  new ApiError({ ...parts, status: 403, type: "permission_error" })

export const unknownUrl = (method: string, path: string) => ofClient(404, "unknown_url", `Unknown request URL: ${method} ${path}`)

export const wrongMethod = (method: string, allowed: string) =>
  new ApiError({
    status: 405, type: "invalid_request_error", code: "method_not_supported", headers: { allow: allowed },
    message: `${method} is not supported here; use ${allowed}.`,
  })

export const unknownModel = (model: string) =>
  ofClient(404, "model_not_found", `The model \`${model}\` does not exist or you do not have access to it.`, "model")

export const bodyTooLarge = (limitBytes: number) =>
  ofClient(413, "request_too_large", `The request body is larger than the limit of ${limitBytes} bytes.`)

/** The balance does not pay for it: trying again does not help. */
export const noCredits = (message: string) =>
  new ApiError({
    status: 429, type: "insufficient_quota", code: "insufficient_quota", message, headers: { "x-should-retry": "false" },
  })

export const tooFast = (message: string) =>
  new ApiError({
    status: 429, type: "rate_limit_error", code: "rate_limit_exceeded", message, headers: { "retry-after": RETRY_AFTER_S },
  })

/** The network cannot do it now; nothing is wrong with the request. */
export const unavailable = (code: string, message: string, headers: Readonly<Record<string, string>> = {}) =>
  new ApiError({ status: 503, type: "server_error", code, message, headers: { "retry-after": RETRY_AFTER_S, ...headers } })

/** What arrived is charged and on record: asking again is another request, for the client to decide. */
export const answerLost = (message: string) =>
  new ApiError({ status: 502, type: "server_error", code: "answer_lost", message, headers: { "x-should-retry": "false" } })

/** As for an answer that was lost. */
export const malformedAnswer = () =>
  new ApiError({
    status: 502, type: "server_error", code: "malformed_answer", headers: { "x-should-retry": "false" },
    message: "The node that served this request sent something that is no answer. Please ask again.",
  })

export const tooLate = (message: string) =>
  new ApiError({ status: 504, type: "server_error", code: "timeout", message, headers: { "retry-after": RETRY_AFTER_S } })

export const internalError = () =>
  new ApiError({ status: 500, type: "server_error", code: "internal_error", message: "The server had an error. It was recorded." })
