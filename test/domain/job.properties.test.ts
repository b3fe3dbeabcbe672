import fc from "fast-check"
import { expect, it } from "vitest"
import { deliveredTokens, isOpen, type Job, job, type JobEvent, nextAction } from "#domain/job/index.ts"
import { jobScript, MAX_OUTPUT_TOKENS } from "#test/support/arbitrary-job-script.ts"
import { PATIENCE_MS, playByTheLaws, SCRIPTS } from "#test/support/decider-laws.ts"

it("no script of commands breaks a job", { timeout: PATIENCE_MS }, () => {
  let played = 0
  let retried = 0
  let withdrawnAndCompleted = 0
  fc.assert(
    fc.property(jobScript, (script) => {
      played += 1
      const { state, events } = playByTheLaws(job, script)
      retried += events.filter((event) => event.type === "JobAssigned").length > 1 ? 1 : 0
      let delivered = 0
      let soFar = job.initial
      for (const event of events) {
        soFar = job.fold(soFar, [event])
        if (soFar.stage === "absent" || soFar.stage === "voided") continue
        if (deliveredTokens(soFar) < delivered) throw new Error("delivered tokens were taken back")
        delivered = deliveredTokens(soFar)
      }
      if (state.stage === "absent" || state.stage === "voided") return
      if (deliveredTokens(state) > MAX_OUTPUT_TOKENS) throw new Error("more was delivered than was held for")
      if (!isOpen(state) && nextAction(state, 9).type !== "settle" && nextAction(state, 9).type !== "release") {
        throw new Error("an ended job leaves its hold open")
      }
      if (!isOpen(state)) withdrawnAndCompleted += checkWithdrawn(state, events)
    }),
    { numRuns: SCRIPTS.job },
  )
  console.log(`job: ${played} random scripts, ${retried} with a second attempt`)
  expect(played).toBeGreaterThanOrEqual(SCRIPTS.job)
  expect(retried).toBeGreaterThan(SCRIPTS.job / 20)
  expect(withdrawnAndCompleted).toBeGreaterThan(100)
})

/** What was withdrawn and delivered to nobody costs nothing, however it ends. 1: it completed all the same. */
const checkWithdrawn = (state: Job, events: readonly JobEvent[]): number => {
  const cancel = events.find((event) => event.type === "JobCancelRequested")?.data.reason
  if (cancel === undefined || cancel === "client left") return 0
  const marked = events.some((event) => event.type === "ProgressMarked" || (event.type === "AttemptFailed" && event.data.deliveredTokens > 0))
  const isFree = cancel !== "answer_failed" || !marked
  if (isFree && nextAction(state, 9).type !== "release") throw new Error(`a job that was withdrawn as ${cancel} is charged`)
  return events.at(-1)?.type === "JobCompleted" ? 1 : 0
}
