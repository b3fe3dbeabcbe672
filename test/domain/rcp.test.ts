import fc from "fast-check"
import { expect, it } from "vitest"
import { type AwardJobPoints, ISSUED_ACCOUNT, payeeAccount, rcpAccount } from "#domain/rcp/index.ts"
import { ATTEMPT_A, ATTEMPT_B, JOB_A, NODE_A } from "#test/support/arbitrary-ids.ts"
import { rcpScript, tinyRules } from "#test/support/arbitrary-rcp-script.ts"
import { PATIENCE_MS, playByTheLaws, SCRIPTS } from "#test/support/decider-laws.ts"
import { scenario } from "#test/support/scenario.ts"

const award = (changes: Partial<AwardJobPoints> = {}): AwardJobPoints => ({
  type: "AwardJobPoints", payee: "alice", nodeId: NODE_A, jobId: JOB_A, attemptId: ATTEMPT_A, outputTokens: 2_000, promptTokens: 500,
  qualityPercent: 100, policyHash: "policy", rules: tinyRules, at: 1, ...changes,
})

const nobody = scenario(rcpAccount)

it("a served attempt earns points, balanced by the account of all issued points", () => {
  const postings = [{ account: payeeAccount("alice"), amount: 2_050n }, { account: ISSUED_ACCOUNT, amount: -2_050n }]
  nobody.when(award()).gives({ type: "RcpAwarded", data: { amount: 2_050n, postings } })
})

it("an attempt is rewarded once", () => {
  nobody.after(award()).when(award()).changesNothing()
})

it("the same attempt with other work is a conflict", () => {
  const again = nobody.after(award()).when(award({ outputTokens: 1_000 }))
  again.rejects({ _tag: "AwardConflict", attemptId: ATTEMPT_A, awarded: 2_050n, offered: 1_050n })
})

it("work worth less than one milli-point leaves no event", () => {
  nobody.when(award({ outputTokens: 0, promptTokens: 9 })).changesNothing()
})

it("points add up over attempts", () => {
  expect(nobody.after(award(), award({ attemptId: ATTEMPT_B })).state.total).toBe(4_100n)
})

it("no script of awards breaks an account", { timeout: PATIENCE_MS }, () => {
  let played = 0
  fc.assert(
    fc.property(rcpScript, (script) => {
      played += 1
      const { state, events } = playByTheLaws(rcpAccount, script, [ATTEMPT_A, ATTEMPT_B])
      const attempts = events.map((event) => event.data.attemptId)
      if (new Set(attempts).size !== attempts.length) throw new Error("an attempt was rewarded twice")
      const sum = events.reduce((total, event) => total + event.data.amount, 0n)
      if (sum !== state.total) throw new Error(`total is ${state.total}, awards add up to ${sum}`)
    }),
    { numRuns: SCRIPTS.rcp },
  )
  console.log(`rcp: ${played} random scripts`)
  expect(played).toBeGreaterThanOrEqual(SCRIPTS.rcp)
})
