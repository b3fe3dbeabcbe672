import fc from "fast-check"
import { expect, it } from "vitest"
import { deliveredTokens, isOpen, job, nextAction } from "#domain/job/index.ts"
import { jobScript, MAX_OUTPUT_TOKENS } from "#test/support/arbitrary-job-script.ts"
import { PATIENCE_MS, playByTheLaws, SCRIPTS } from "#test/support/decider-laws.ts"

it("no script of commands breaks a job", { timeout: PATIENCE_MS }, () => {
  let played = 0
  let retried = 0
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
    }),
    { numRuns: SCRIPTS.job },
  )
  console.log(`job: ${played} random scripts, ${retried} with a second attempt`)
  expect(played).toBeGreaterThanOrEqual(SCRIPTS.job)
  expect(retried).toBeGreaterThan(SCRIPTS.job / 20)
})
