import type { ApiError } from "../../http/api-error.ts"
import type { FinishReason } from "#domain/job/index.ts"
import type { Usage } from "../chat/chat-completion.ts"

/** Where an answer goes: a stream of events or one JSON body. */
export interface AnswerSink {
  /** False: the client reads too slowly to be waited for. */
  readonly text: (text: string) => boolean
  readonly finish: (whole: { readonly text: string; readonly finishReason: FinishReason; readonly usage: Usage }) => void
  /** False: nothing was sent yet, so the caller can still answer with a plain HTTP error. */
  readonly fail: (error: ApiError) => boolean
  /** A sign of life while nothing else comes. */
  readonly ping: () => void
  /** Cuts the connection. */
  readonly drop: () => void
}
