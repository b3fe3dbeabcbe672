import { expect } from "vitest"
import { eventually } from "#test/support/processes.ts"
import type { Network } from "./network.ts"

const WORDS = 4_000

/** Four seconds of answer, at the network's pace. */
export const LONG = { content: "word ".repeat(WORDS), max_tokens: WORDS }
/** Much shorter than the rest of that answer. */
const CANCELLED_WITHIN_MS = 2_000

interface Job {
  readonly jobId: string
  readonly stage: string
}

export const untilWorking = ({ openHolds }: Network): Promise<void> => eventually(async () => expect(await openHolds()).toBe(1))

/** The newest job, once it was cancelled and its credits are free again. */
export const cancelledJob = async ({ openHolds, command }: Network): Promise<Job> => {
  await eventually(async () => expect(await openHolds()).toBe(0), CANCELLED_WITHIN_MS)
  const [newest] = await command<readonly Job[]>("jobs", "list")
  expect(newest).toMatchObject({ stage: "cancelled" })
  return newest ?? { jobId: "", stage: "" }
}
