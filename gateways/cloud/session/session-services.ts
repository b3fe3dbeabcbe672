import type { BusShape } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { ChatJobs } from "../../ports/chat-jobs.ts"
import type { Background } from "./background.ts"

/** True: the reply is kept, or need not be. False: another gateway has taken over the request, and this answer is for nobody. */
export type Keeping = Promise<boolean>

export interface SessionServices {
  readonly bus: BusShape
  readonly jobs: ChatJobs
  readonly counters: CountersShape
  readonly background: Background
  readonly now: () => number
  /** Where the reply is kept for a repeat: the end of a job goes on record after that. */
  readonly keeping?: Keeping
  /** The reply is about to end with an error, after so many tokens that its client has. */
  readonly failing?: (deliveredTokens: number) => void
}
