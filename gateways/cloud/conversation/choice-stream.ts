import type { FinishReason } from "#domain/job/index.ts"
import type { AnswerPiece } from "#domain/protocol/answer-text.ts"
import { ownModel, type ReplyHead, streamStart } from "./answer-writer.ts"
import { DONE, type EventFormat } from "./event-stream.ts"
import { toUsage } from "./usage.ts"

/** Writes the chunks of one choice. */
export interface ChoiceEvents {
  readonly piece: (piece: AnswerPiece) => string
  readonly finish: (reason: FinishReason) => string
}

export interface ChoiceStream<Events extends ChoiceEvents> extends Pick<EventFormat, "takes"> {
  readonly head: ReplyHead
  /** What `object` says in each chunk. */
  readonly object: string
  readonly includeUsage: boolean
  /** Each chunk of this choice begins with `start`, up to the member that its words come in, and ends with `end`. */
  readonly eventsOf: (answer: number, chunk: { readonly start: string; readonly end: string }) => Events
  readonly opening: (events: (answer: number) => Events) => string
}

/**
 * The stream of a route whose events are chunks of choices: what they have in common. What does not change within a stream is put
 * together once, since a chunk is written for every token.
 */
export const choiceStream = <Events extends ChoiceEvents>(stream: ChoiceStream<Events>): EventFormat => {
  const { head, object, includeUsage, takes } = stream
  const end = includeUsage ? `],"usage":null}\n\n` : "]}\n\n"
  const writers = head.answers.map((_, answer) => stream.eventsOf(answer, { start: choiceStart(head, object, answer), end }))
  let last = 0
  const events = (answer: number): Events => {
    const writer = writers[answer]
    if (writer === undefined) throw new Error(`there is no answer ${answer}`)
    return writer
  }
  return {
    takes,
    opening: () => stream.opening(events),
    pieces: (answer, pieces) => {
      last = answer
      return pieces.map((piece) => events(answer).piece(piece)).join("")
    },
    finished: (answer, reason) => {
      last = answer
      return events(answer).finish(reason)
    },
    end: (usage) => (includeUsage ? `${streamStart(head, object, last)}],"usage":${JSON.stringify(toUsage(usage))}}\n\n${DONE}` : DONE),
  }
}

const choiceStart = (head: ReplyHead, object: string, answer: number): string => {
  const fields = JSON.stringify({ index: head.isRace ? 0 : answer, ...ownModel(head, answer) }).slice(0, -1)
  return `${streamStart(head, object, answer)}${fields}`
}
