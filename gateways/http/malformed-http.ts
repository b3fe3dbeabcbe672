import type { Socket } from "node:net"
import { badRequest } from "./api-error.ts"
import { newRequestId } from "./request-id.ts"
import type { ErrorSink } from "./send-error.ts"

/** Answers what is not HTTP at all and so never reached the router. `isAnswering`: an answer is under way on the same connection. */
export const refuseMalformed = (
  { name, counters }: ErrorSink,
  { error, socket, isAnswering }: { readonly error: Error & { readonly code?: string }; readonly socket: Socket; readonly isAnswering: boolean },
): void => {
  const [status, phrase, message] = KNOWN[error.code ?? ""] ?? UNKNOWN
  counters.increment(`${name}_rejected_total`, "malformed_http")
  // Its client would take what is written now for a part of that answer.
  if (!socket.writable || isAnswering) return void socket.destroy()
  const body = JSON.stringify(badRequest({ code: "malformed_http", message }).body)
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: application/json; charset=utf-8\r\nx-request-id: ${newRequestId()}\r\n` +
      `connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const UNKNOWN = [400, "Bad Request", "The request is not well-formed HTTP."] as const
const KNOWN: Readonly<Record<string, readonly [number, string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request took too long to arrive."],
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "The request headers are too large."],
}
