import type { FastifyError, FastifyReply, FastifyRequest } from "fastify"
import type { CountersShape } from "#commands/ports/counters.ts"
import { ApiError, internalError } from "./api-error.ts"

export interface ErrorSink {
  /** Prefix of the counters: `<name>_rejected_total` for refused input, `<name>_failed_total` for what went wrong here. */
  readonly name: string
  readonly counters: CountersShape
  /** Keeps the evidence of an error of ours. */
  readonly onDefect: (error: unknown, requestId: string) => void
}

interface Failed {
  readonly error: unknown
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Answers in OpenAI's form, whatever was thrown. */
export const sendError = (sink: ErrorSink, { error, request, reply }: Failed): FastifyReply => {
  const known = toApiError(error)
  if (known.status === 500) sink.onDefect(error, request.id)
  sink.counters.increment(known.status < 500 ? `${sink.name}_rejected_total` : `${sink.name}_failed_total`, known.code)
  return reply.code(known.status).headers(known.headers).type("application/json; charset=utf-8").send(JSON.stringify(known.body))
}

/** Fastify's own errors keep their status and lose their words; anything else is a defect. */
const toApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error
  const status = isFastifyError(error) ? (error.statusCode ?? 500) : 500
  if (status < 400 || status >= 500) return internalError()
  const message = MESSAGES[status] ?? "The request could not be understood."
  return new ApiError({ status, type: "invalid_request_error", code: "bad_request", message })
}

const MESSAGES: Readonly<Record<number, string>> = {
  414: "The request URL is too long.",
  415: "The content type of the request is malformed.",
}

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && "statusCode" in error && "code" in error && String(error.code).startsWith("FST_")
