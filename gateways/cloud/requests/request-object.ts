import { Schema } from "effect"
import type { KeptReply } from "#commands/request/kept-reply.ts"
import type { KnownRequest } from "#domain/request/index.ts"
import { ErrorResponse } from "../../http/error-response.ts"
import { isEventStream } from "./reply-parts.ts"

const STATUSES = ["queued", "in_progress", "completed", "failed", "cancelled", "expired"] as const
export const RequestStatus = Schema.Literals(STATUSES)
export type RequestStatus = typeof RequestStatus.Type

const time = Schema.Int

/** A request whose answer is fetched, not waited for. Times in seconds since 1970. */
export const RequestObject = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("request"),
  request_id: Schema.String,
  status: RequestStatus,
  endpoint: Schema.String,
  model: Schema.NullOr(Schema.String),
  created_at: time,
  started_at: Schema.NullOr(time),
  ended_at: Schema.NullOr(time),
  expires_at: time,
  job_ids: Schema.Array(Schema.String),
  /** Of the answer; null while there is none. */
  response_status: Schema.NullOr(Schema.Int),
  /** The answer's whole body, as the route would have given it; null while there is none, and where it was a stream. */
  response: Schema.Unknown,
  error: Schema.NullOr(ErrorResponse.fields.error),
}).annotate({ identifier: "Request" })
export type RequestObject = typeof RequestObject.Type

const MS_PER_S = 1_000
const seconds = (ms: number): number => Math.floor(ms / MS_PER_S)

export const statusOf = (request: KnownRequest): RequestStatus => {
  switch (request.stage) {
    case "waiting":
      return "queued"
    case "running":
      return "in_progress"
    case "finished":
      return request.finished.outcome
    case "dropped":
      return "failed"
    case "cancelled":
    case "expired":
      return request.stage
  }
}

/** `reply` is null where there is none, or none any more. */
export const requestObject = (request: KnownRequest, reply: KeptReply | null): RequestObject => {
  const { requestId, endpoint, model, at, expiresAt } = request.accepted
  const { startedAt, endedAt } = timesOf(request)
  const body = reply === null || isEventStream(reply) ? null : parsed(reply.body)
  const status = statusOf(request)
  return {
    id: requestId, object: "request", request_id: requestId, status, endpoint, model,
    created_at: seconds(at), started_at: startedAt, ended_at: endedAt, expires_at: seconds(expiresAt),
    job_ids: request.stage === "finished" ? request.finished.jobIds : [],
    response_status: request.stage === "finished" ? request.finished.status : null,
    response: status === "completed" ? body : null,
    error: status === "failed" ? errorIn(body) : null,
  }
}

const timesOf = (request: KnownRequest): { readonly startedAt: number | null; readonly endedAt: number | null } => {
  switch (request.stage) {
    case "running":
      return { startedAt: seconds(request.startedAt), endedAt: null }
    case "finished":
      return { startedAt: seconds(request.startedAt), endedAt: seconds(request.finished.at) }
    case "cancelled":
    case "expired":
      return { startedAt: null, endedAt: seconds(request.at) }
    case "waiting":
    case "dropped":
      return { startedAt: null, endedAt: null }
  }
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

const isError = Schema.is(ErrorResponse)
const UNTOLD = { message: "The request failed.", type: "server_error", param: null, code: "request_failed" }

const errorIn = (body: unknown): RequestObject["error"] => (isError(body) ? body.error : UNTOLD)
