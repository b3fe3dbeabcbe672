import fc from "fast-check"
import { it } from "vitest"
import { feedback, type GiveFeedback } from "#domain/feedback/index.ts"
import { KeyId } from "#domain/kernel/ids.ts"
import { JOB_A, KEY, NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { playByTheLaws } from "#test/support/decider-laws.ts"
import { scenario } from "#test/support/scenario.ts"

const OTHER_KEY = KeyId.make("abcDEF999999")
const up: GiveFeedback = {
  type: "GiveFeedback", jobId: JOB_A, namespaceId: NAMESPACE, keyId: KEY, rating: "up", category: null, flagged: false, comment: null, at: 1,
}
const none = scenario(feedback)

it("a key says once what an answer was worth, and may think otherwise later", () => {
  none.when(up).gives({ type: "FeedbackGiven", data: { rating: "up" } })
  none.after(up).when({ ...up, at: 2 }).changesNothing()
  none.after(up).when({ ...up, rating: "down" }).gives({ type: "FeedbackRevised", data: { rating: "down" } })
  none.after(up).when({ ...up, comment: { digest: "d", bytes: 1 } }).gives({ type: "FeedbackRevised" })
})

it("another key's word is another one", () => {
  none.after(up).when({ ...up, keyId: OTHER_KEY, rating: "down" }).gives({ type: "FeedbackGiven", data: { keyId: OTHER_KEY } })
})

it("no script of ratings breaks a law", () => {
  const word = fc.record({
    keyId: fc.constantFrom(KEY, OTHER_KEY), rating: fc.constantFrom("up", "down"), flagged: fc.boolean(),
    category: fc.constantFrom(null, "speed"), comment: fc.constantFrom(null, { digest: "a", bytes: 1 }, { digest: "b", bytes: 1 }),
  })
  fc.assert(fc.property(fc.array(word, { maxLength: 12 }), (words) => void playByTheLaws(feedback, words.map((one) => ({ ...up, ...one })))))
})
