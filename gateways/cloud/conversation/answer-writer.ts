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

/** The model that a reply as a whole is of: the winner's where there was a race. */
export const modelOf = ({ answers, isRace }: ReplyHead, winner = 0): string => {
  if (isRace) return answers[winner]?.model ?? ""
  return [...new Set(answers.map(({ model }) => model))].join(",")
}

/** A choice names its model where those of other models stand beside it. */
export const ownModel = ({ answers, isRace }: ReplyHead, answer: number): { readonly model?: string } => {
  const model = answers[answer]?.model
  const isOneOfSeveral = !isRace && answers.some((other) => other.model !== model)
  return isOneOfSeveral && model !== undefined ? { model } : {}
}

/** How every event of a stream begins, up to its choices. */
export const streamStart = (head: ReplyHead, object: string, answer: number): string => {
  const { id, created } = head
  return `data: ${JSON.stringify({ id, object, created, model: modelOf(head, answer) }).slice(0, -1)},"choices":[`
}
