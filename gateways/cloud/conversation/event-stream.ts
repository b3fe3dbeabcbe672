import type { FastifyReply } from "fastify"
import type { FinishReason } from "#domain/job/index.ts"
import type { AnswerPiece } from "#domain/protocol/answer-text.ts"
import type { ApiError, ErrorBody } from "../../http/api-error.ts"
import type { AnswerWriter } from "./answer-writer.ts"
import type { JobUsage } from "./usage.ts"

/** Unread bytes that are kept for a slow client before it is given up. */
export const MAX_UNREAD_BYTES = 1024 * 1024

/** Followed by a single line end: the comment form that no known client chokes on. */
export const PING = ": ping\n"
export const DONE = "data: [DONE]\n\n"

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  // Proxies that would collect the events first.
  "x-accel-buffering": "no",
}

/** The events of one route's stream, as text. */
export interface EventFormat {
  readonly takes: ReadonlySet<AnswerPiece["type"]>
  /** Something true that can be said before the first word. */
  readonly opening: () => string
  readonly pieces: (answer: number, pieces: readonly AnswerPiece[]) => string
  readonly finished: (answer: number, finishReason: FinishReason) => string
  /** The usage where it was asked for, and the end mark. */
  readonly end: (usage: JobUsage) => string
  /** How a stream ends that fails in its midst; as OpenAI's chats do, unless said otherwise. */
  readonly failed?: (error: ApiError) => string
}

/** Server-sent events. The status line waits for the first event, so that what fails before it is a plain HTTP error. */
export const eventStream = (reply: FastifyReply, format: EventFormat): AnswerWriter => {
  const { raw } = reply
  let started = false

  const start = (): void => {
    if (started) return
    started = true
    reply.hijack()
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
    raw.writeHead(200, HEADERS)
  }
  /** Held back text may be empty: then there is nothing to write. */
  const write = (events: string): void => {
    start()
    if (events !== "") raw.write(events)
  }

  return {
    takes: format.takes,
    pieces: (answer, pieces) => {
      write(format.pieces(answer, pieces))
      return raw.writableLength <= MAX_UNREAD_BYTES
    },
    finished: (answer, finishReason) => write(format.finished(answer, finishReason)),
    end: (usage) => {
      start()
      raw.end(format.end(usage))
    },
    fail: (error) => {
      if (started) raw.end(format.failed?.(error) ?? errorEvent(error.body))
      return started
    },
    ping: () => write(started ? PING : format.opening()),
    drop: () => {
      if (!started) reply.hijack()
      started = true
      raw.destroy()
    },
  }
}

export const errorEvent = (body: ErrorBody): string => `data: ${JSON.stringify(body)}\n\n`
