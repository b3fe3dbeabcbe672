import type { BusShape } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { ChatJobs } from "../../ports/chat-jobs.ts"
import type { Background } from "./background.ts"

export interface SessionServices {
  readonly bus: BusShape
  readonly jobs: ChatJobs
  readonly counters: CountersShape
  readonly background: Background
  readonly now: () => number
}
