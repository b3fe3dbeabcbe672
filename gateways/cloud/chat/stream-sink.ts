import type { FastifyReply } from "fastify"
import type { AnswerHead } from "./chat-completion.ts"
import type { AnswerSink } from "../session/answer-sink.ts"
import { chunkStrings, errorEvent, PING } from "./chunks.ts"

/** Unread bytes that are kept for a slow client before it is given up. */
export const MAX_UNREAD_BYTES = 1024 * 1024

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  // Proxies that would collect the events first.
  "x-accel-buffering": "no",
}

/** Server-sent events. The status line waits for the first event, so that what fails before it is a plain HTTP error. */
export const streamSink = (reply: FastifyReply, head: AnswerHead, includeUsage: boolean): AnswerSink => {
  const { raw } = reply
  const chunks = chunkStrings(head, includeUsage)
  let started = false

  /** What has to come before the first text. */
  const start = (): string => {
    if (started) return ""
    started = true
    reply.hijack()
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
    raw.writeHead(200, HEADERS)
    return chunks.role()
  }

  return {
    text: (text) => {
      raw.write(start() + chunks.text(text))
      return raw.writableLength <= MAX_UNREAD_BYTES
    },
    finish: ({ finishReason, usage }) => {
      raw.end(start() + chunks.finish(finishReason, usage))
    },
    fail: (error) => {
      if (started) raw.end(errorEvent(error.body))
      return started
    },
    ping: () => {
      raw.write(started ? PING : start())
    },
    drop: () => {
      if (!started) reply.hijack()
      started = true
      raw.destroy()
    },
  }
}
