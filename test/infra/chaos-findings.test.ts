import { describe, expect, it } from "vitest"
import { type ClientTruth, findings, type LogEvent } from "#test/chaos/findings.ts"

const NAMESPACE = "ns_1"
const GRANT = { grantId: "g1", amount: 1_000n, acknowledged: true }
const ANSWER = { jobId: "job_1", question: "ping", text: "pong", completionTokens: 2, cost: 3n }
const balanced = (amount: string) => [{ account: "a", amount }, { account: "b", amount: `-${amount}` }]

/** One grant, one answer, everything right. */
const LOG: readonly LogEvent[] = [
  { id: "e1", stream: "ledger-ns_1", revision: 0, type: "CreditsGranted", data: { namespaceId: NAMESPACE, grantId: "g1", amount: "1000", postings: balanced("1000") } },
  { id: "e2", stream: "ledger-ns_1", revision: 1, type: "HoldPlaced", data: { namespaceId: NAMESPACE, holdId: "hold_1", jobId: "job_1", postings: balanced("10") } },
  { id: "e3", stream: "job-job_1", revision: 0, type: "JobCompleted", data: { jobId: "job_1" } },
  { id: "e4", stream: "rcp-p", revision: 0, type: "RcpAwarded", data: { jobId: "job_1", attemptId: "att_1", outputTokens: 2, postings: balanced("5") } },
  {
    id: "e5", stream: "ledger-ns_1", revision: 2, type: "HoldSettled",
    data: {
      namespaceId: NAMESPACE, holdId: "hold_1", jobId: "job_1", completionTokens: 2, price: "3", shares: [{ attemptId: "att_1", tokens: 2 }], postings: balanced("3"),
    },
  },
]
const TRUTH: ClientTruth = {
  namespaceId: NAMESPACE, acknowledged: [ANSWER], grants: [GRANT], balance: { available: "997", held: "0", spent: "3" },
}

const without = (id: string): readonly LogEvent[] => LOG.filter((event) => event.id !== id)
const withData = (id: string, data: LogEvent["data"]): readonly LogEvent[] =>
  LOG.map((event) => (event.id === id ? { ...event, data: { ...event.data, ...data } } : event))
const again = (id: string): readonly LogEvent[] => {
  const [one] = LOG.filter((event) => event.id === id)
  const last = LOG.findLast(({ stream }) => stream === one?.stream)
  return one === undefined || last === undefined ? LOG : [...LOG, { ...one, id: `${id}-again`, revision: last.revision + 1 }]
}

describe("what the kill loop finds", () => {
  it("is nothing where everything is right", () => {
    expect(findings(LOG, TRUTH)).toEqual([])
  })

  it.each<readonly [string, readonly LogEvent[], RegExp]>([
    ["an event twice", [...LOG, ...LOG.slice(2, 3)], /e3 is there more than once/],
    ["a gap in a stream", without("e2"), /ledger-ns_1 has revision 2 where 1 is due/],
    ["an answer without an end", without("e3"), /job_1 was answered, and completed 0 times/],
    ["an answer that ended twice", again("e3"), /job_1 was answered, and completed 2 times/],
    ["an answer charged twice", again("e5"), /job_1 was answered, and charged 2 times/],
    ["another count than was told", withData("e5", { completionTokens: 1 }), /2 tokens told, 1 charged/],
    ["another price than was told", withData("e5", { price: "4" }), /3 told, 4 charged/],
    ["a grant that is gone", without("e1"), /the grant g1 was acknowledged, and made 0 times/],
    ["a grant made twice", again("e1"), /the grant g1 was acknowledged, and made 2 times/],
    ["a grant of another amount", withData("e1", { amount: "999" }), /the grant g1 is not of 1000/],
    ["a grant that nobody asked for", withData("e1", { grantId: "g2" }), /nobody asked for the grant g2/],
    ["a hold without an end", without("e5"), /hold_1 has no end/],
    ["a hold with two ends", again("e5"), /hold_1 ended more than once/],
    ["pay without points", without("e4"), /att_1 was paid for 2 tokens, and got points 0 times/],
    ["points twice", again("e4"), /att_1 was paid for 2 tokens, and got points 2 times/],
    ["points without pay", withData("e5", { shares: [] }), /att_1 has points and no pay/],
    ["points for other tokens", withData("e4", { outputTokens: 3 }), /att_1 was paid for 2 tokens, and has points for others/],
    ["postings that do not balance", withData("e4", { postings: [{ account: "a", amount: "5" }] }), /RcpAwarded e4 do not sum to zero/],
  ])("names %s", (_, log, expected) => {
    expect(findings(log, TRUTH)).toContainEqual(expect.stringMatching(expected))
  })

  it("names what is held, what was spent otherwise and what does not add up", () => {
    const balance = { available: "990", held: "5", spent: "4" }
    expect(findings(LOG, { ...TRUTH, balance })).toEqual([
      "1000 granted, but 990 available + 5 held + 4 spent", "5 are still held", "4 spent, but the charges are 3",
    ])
  })

  it("names a text that differs from what others got for the same question", () => {
    const others = ["job_2", "job_3"].map((jobId) => ({ ...ANSWER, jobId }))
    const found = findings(LOG, { ...TRUTH, acknowledged: [...others, { ...ANSWER, text: "pon" }] })
    expect(found).toContainEqual(expect.stringMatching(/^"ping" was answered "pon" \(job_1\): /))
  })

  it("says nothing of a grant that was not acknowledged, whether it is there or not", () => {
    const unknown = { grantId: "g2", amount: 1n, acknowledged: false }
    expect(findings(LOG, { ...TRUTH, grants: [GRANT, unknown] })).toEqual([])
    expect(findings(LOG, { ...TRUTH, grants: [{ ...GRANT, acknowledged: false }] })).toEqual([])
  })
})
