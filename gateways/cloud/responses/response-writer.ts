import type { FastifyReply } from "fastify"
import type { FinishReason } from "#domain/job/index.ts"
import type { ApiError } from "../../http/api-error.ts"
import { type AnswerWriter, modelOf, type ReplyHead } from "../conversation/answer-writer.ts"
import { eventStream } from "../conversation/event-stream.ts"
import type { JobUsage } from "../conversation/usage.ts"
import { wholeReply } from "../conversation/whole-reply.ts"
import { endOf, type ResponseBody, type ResponseSettings, toResponseUsage } from "./response-body.ts"
import { eventWriter } from "./response-events.ts"
import { RESPONSE_PIECES, ResponseOutput } from "./response-output.ts"

export interface ResponseWriting {
  readonly settings: ResponseSettings
  /** Items that were put in. */
  readonly inputs: number
  /** Keeps a response that has ended. False: it is not kept, and cannot be retrieved. */
  readonly keep: (response: ResponseBody) => Promise<boolean>
  readonly now: () => number
}

/** One response on its way. */
class Making {
  readonly output: ResponseOutput
  readonly #head: ReplyHead
  readonly #writing: ResponseWriting
  #reason: FinishReason = "stop"
  #stored: boolean

  constructor(head: ReplyHead, writing: ResponseWriting) {
    this.output = new ResponseOutput(head.id, writing.inputs)
    this.#head = head
    this.#writing = writing
    this.#stored = writing.settings.store
  }

  finished(reason: FinishReason): void {
    this.#reason = reason
  }

  begun(): ResponseBody {
    return this.#body({ status: "in_progress", completed_at: null, error: null, incomplete_details: null, output: [] })
  }

  ended(usage: JobUsage): ResponseBody {
    const completed_at = Math.floor(this.#writing.now() / 1_000)
    return this.#body({ ...endOf(this.#reason), completed_at, error: null, output: [...this.output.items], usage: toResponseUsage(usage) })
  }

  failed({ status, message }: ApiError): ResponseBody {
    const error = { code: status === 429 ? ("rate_limit_exceeded" as const) : ("server_error" as const), message }
    return this.#body({ status: "failed", completed_at: null, error, incomplete_details: null, output: [...this.output.items] })
  }

  /** Before a client hears of the end: what it then asks for is there. */
  async keep(usage: JobUsage): Promise<void> {
    if (this.#stored) this.#stored = await this.#writing.keep(this.ended(usage))
  }

  /** Nobody waits for it. */
  keepFailed(error: ApiError): void {
    if (this.#stored) void this.#writing.keep(this.failed(error))
  }

  #body(end: Pick<ResponseBody, "status" | "completed_at" | "error" | "incomplete_details" | "output"> & Pick<Partial<ResponseBody>, "usage">): ResponseBody {
    const { id, created } = this.#head
    return { id, object: "response", created_at: created, model: modelOf(this.#head), ...end, ...this.#writing.settings, store: this.#stored }
  }
}

/** One JSON body when everything is there. */
export const wholeResponse = (reply: FastifyReply, head: ReplyHead, writing: ResponseWriting): AnswerWriter => {
  const making = new Making(head, writing)
  const writer = wholeReply(reply, { takes: RESPONSE_PIECES, body: (_, usage) => making.ended(usage) })
  return {
    ...writer,
    pieces: (_, pieces) => {
      for (const piece of pieces) making.output.add(piece)
      return true
    },
    finished: (_, reason) => {
      making.output.finish(reason)
      making.finished(reason)
    },
    end: (usage) => void making.keep(usage).then(() => writer.end(usage)),
  }
}

/** Server-sent events, from `response.created` to exactly one of `response.completed`, `incomplete` and `failed`. */
export const streamedResponse = (reply: FastifyReply, head: ReplyHead, writing: ResponseWriting): AnswerWriter => {
  const making = new Making(head, writing)
  const write = eventWriter()
  let begun = false
  const opening = (): string => {
    if (begun) return ""
    begun = true
    const response = making.begun()
    return write([{ type: "response.created", response }, { type: "response.in_progress", response }])
  }
  const writer = eventStream(reply, {
    takes: RESPONSE_PIECES,
    opening,
    pieces: (_, pieces) => opening() + write(pieces.flatMap((piece) => making.output.add(piece))),
    finished: (_, reason) => {
      making.finished(reason)
      return opening() + write(making.output.finish(reason))
    },
    end: (usage) => {
      const response = making.ended(usage)
      return write([{ type: response.status === "incomplete" ? "response.incomplete" : "response.completed", response }])
    },
    failed: (error) => {
      making.keepFailed(error)
      return write([{ type: "response.failed", response: making.failed(error) }])
    },
  })
  return { ...writer, end: (usage) => void making.keep(usage).then(() => writer.end(usage)) }
}
