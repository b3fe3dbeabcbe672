import type { FinishReason } from "#domain/job/index.ts"
import type { ApiError } from "../../http/api-error.ts"
import type { JobUsage } from "../conversation/usage.ts"

/** too_slow: the client reads too slowly to be waited for · malformed: what the node sent is no answer */
export type Taken = "taken" | "too_slow" | "malformed"

/** Where the answer of one job goes. */
export interface AnswerSink {
  /** A part of the answer, records among it (`domain/protocol/answer-text.ts`); it may end anywhere. */
  readonly text: (text: string) => Taken
  /** False: what the node sent, taken together, is no answer to what was asked. */
  readonly finish: (end: { readonly finishReason: FinishReason; readonly usage: JobUsage }) => boolean
  /** False: nothing was sent yet, so the caller can still answer with a plain HTTP error. */
  readonly fail: (error: ApiError) => boolean
  /** A sign of life while nothing else comes. */
  readonly ping: () => void
  /** Cuts the connection. */
  readonly drop: () => void
}
