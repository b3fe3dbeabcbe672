import type { FastifyReply } from "fastify"
import type { FinishReason } from "#domain/job/index.ts"
import type { AnswerPiece, TokenChoice } from "#domain/protocol/answer-text.ts"
import type { ToolCall } from "#domain/protocol/inference-request.ts"
import type { AnswerWriter } from "./answer-writer.ts"
import type { JobUsage } from "./usage.ts"

/** One answer, when everything is there. */
export interface WholeAnswer {
  /** Number of its job. */
  readonly answer: number
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
  readonly tokens: readonly TokenChoice[]
  /** Little-endian float32, base64. */
  readonly vectors: readonly string[]
  readonly finishReason: FinishReason
}

export interface WholeFormat {
  readonly takes: ReadonlySet<AnswerPiece["type"]>
  /** The body. Throws `MalformedRecord` when the answers are not what was asked for. */
  readonly body: (answers: readonly WholeAnswer[], usage: JobUsage) => object
}

/** One JSON body when everything is there. */
export const wholeReply = (reply: FastifyReply, format: WholeFormat): AnswerWriter => {
  const answers = new Map<number, Collected>()
  const collected = (answer: number): Collected => {
    const known = answers.get(answer) ?? new Collected()
    answers.set(answer, known)
    return known
  }
  return {
    takes: format.takes,
    pieces: (answer, pieces) => {
      for (const piece of pieces) collected(answer).add(piece)
      return true
    },
    finished: (answer, finishReason) => void (collected(answer).finishReason = finishReason),
    end: (usage) => {
      const inOrder = [...answers].toSorted(([one], [other]) => one - other)
      const whole = inOrder.flatMap(([answer, { finishReason, ...rest }]) => (finishReason === null ? [] : [{ answer, ...rest, finishReason }]))
      void reply.type("application/json; charset=utf-8").send(JSON.stringify(format.body(whole, usage)))
    },
    fail: () => false,
    ping: () => {},
    drop: () => {
      reply.hijack()
      reply.raw.destroy()
    },
  }
}

class Collected {
  text = ""
  readonly toolCalls: ToolCall[] = []
  readonly tokens: TokenChoice[] = []
  readonly vectors: string[] = []
  finishReason: FinishReason | null = null

  add(piece: AnswerPiece): void {
    switch (piece.type) {
      case "text":
        this.text += piece.text
        return
      case "tool_call":
        return void this.toolCalls.push(piece.call)
      case "logprobs":
        return void this.tokens.push(...piece.tokens)
      case "embedding":
        return void this.vectors.push(piece.vector)
    }
  }
}
