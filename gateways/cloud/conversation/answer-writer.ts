import type { FinishReason } from "#domain/job/index.ts"
import type { AnswerPiece } from "#domain/protocol/answer-text.ts"
import type { ApiError } from "../../http/api-error.ts"
import type { JobUsage } from "./usage.ts"

/** What a reply says about itself, in every event of a stream. */
export interface ReplyHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  /** One answer per job. A race of several models becomes one choice, whoever wins it. */
  readonly answers: readonly { readonly model: string }[]
  readonly isRace: boolean
}

/** Writes the answers of a request's jobs into one reply, in the form of one route, streamed or whole. */
export interface AnswerWriter {
  /** Kinds of pieces that this route has a form for; a node that sends another is broken. */
  readonly takes: ReadonlySet<AnswerPiece["type"]>
  /** What one answer goes on with. False: the client reads too slowly to be waited for. */
  readonly pieces: (answer: number, pieces: readonly AnswerPiece[]) => boolean
  readonly finished: (answer: number, finishReason: FinishReason) => void
  /** All answers are finished, or the race is decided and its winner is. */
  readonly end: (usage: JobUsage) => void
  /** False: nothing was sent yet, so the caller can still answer with a plain HTTP error. */
  readonly fail: (error: ApiError) => boolean
  readonly ping: () => void
  readonly drop: () => void
}

/** The model that a reply as a whole is of. */
export const modelOf = ({ answers }: ReplyHead): string => [...new Set(answers.map(({ model }) => model))].join(",")
