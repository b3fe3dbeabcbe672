import fc from "fast-check"
import { expect, it } from "vitest"
import { deliveredTokens, type Job } from "#domain/job/index.ts"
import { drive, type Driven, whims } from "#test/support/arbitrary-driven-job.ts"
import { PATIENCE_MS, SCRIPTS } from "#test/support/decider-laws.ts"

/** One prompt token at one micro-credit; every output token costs one more. */
const PROMPT_PRICE = 1n

const endingOf = (job: Job): string => (job.stage === "ended" ? job.ended.reason : job.stage)

/** What must hold once a job and its hold came to rest, whatever the network went through. */
const checkEnd = ({ ledger, job, ledgerEvents }: Driven): void => {
  const ends = ledgerEvents.filter((event) => event.type === "HoldSettled" || event.type === "HoldReleased")
  const ending = endingOf(job)
  if (ends.length !== 1) throw new Error(`the hold ended ${ends.length} times`)
  if (ledger.held !== 0n) throw new Error(`${ledger.held} are still held`)
  if (ledger.available + ledger.spent !== ledger.granted) throw new Error("credits were made or lost")
  const accounts = ledgerEvents.flatMap(({ data }) => ("postings" in data ? data.postings : []))
  const earned = accounts
    .filter(({ account }) => account.startsWith("operator:") || account === "platform:revenue")
    .reduce((sum, posting) => sum + posting.amount, 0n)
  if (earned !== ledger.spent) throw new Error(`spent ${ledger.spent}, operators and platform got ${earned}`)
  const delivered = job.stage === "ended" ? deliveredTokens(job) : 0
  const cause = job.stage === "ended" ? job.ended.cause : null
  const isWholeAnswer = ending === "completed" && cause === null
  const price = cause === "another_model_answered" || (delivered === 0 && !isWholeAnswer) ? 0n : PROMPT_PRICE + BigInt(delivered)
  if (ledger.spent !== price) throw new Error(`spent ${ledger.spent} for ${delivered} delivered tokens of a job that ${ending} (${cause})`)
  if (job.stage !== "ended" && job.stage !== "voided") throw new Error(`the job rests ${job.stage}`)
}

it("a job driven by its own next action ends, and its hold ends exactly once", { timeout: PATIENCE_MS }, () => {
  let played = 0
  const endings = new Map<string, number>()
  fc.assert(
    fc.property(whims, (choices) => {
      played += 1
      const driven = drive(choices)
      checkEnd(driven)
      const ending = endingOf(driven.job)
      endings.set(ending, (endings.get(ending) ?? 0) + 1)
    }),
    { numRuns: SCRIPTS.driven },
  )
  console.log(`driven jobs: ${played} random scripts, ${[...endings].map(([ending, count]) => `${count} ${ending}`).join(", ")}`)
  expect(played).toBeGreaterThanOrEqual(SCRIPTS.driven)
  expect([...endings.keys()].toSorted()).toEqual(["cancelled", "completed", "dead_lettered", "expired", "failed", "voided"])
})

it("the normal run plays at least 100 000 random scripts", () => {
  expect(Object.values(SCRIPTS).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(100_000)
})
