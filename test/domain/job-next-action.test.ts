import { describe, expect, it } from "vitest"
import { job, type JobCommand, nextAction } from "#domain/job/index.ts"
import { ATTEMPT_A, ATTEMPT_B, HOLD_A, JOB_A, NAMESPACE, NODE_A, SESSION_A } from "#test/support/arbitrary-ids.ts"
import { DEADLINE_AT, receipt, submitJob } from "#test/support/arbitrary-job-script.ts"
import { scenario } from "#test/support/scenario.ts"

const assign: JobCommand = {
  type: "AssignJob", jobId: JOB_A, attemptId: ATTEMPT_A, nodeId: NODE_A, sessionId: SESSION_A, payee: "alice", at: 1,
}
const about = { jobId: JOB_A, attemptId: ATTEMPT_A, at: 2 } as const
const lose = (deliveredTokens: number): JobCommand => ({ type: "FailAttempt", ...about, reason: "node_gone", deliveredTokens })
const complete = (deliveredTokens: number): JobCommand => ({
  type: "CompleteJob", ...about, finishReason: "stop", deliveredTokens, receipt: receipt("r1"),
})
const cancel: JobCommand = { type: "RequestCancel", jobId: JOB_A, reason: "client left", at: 1 }
const onceOnly = { ...submitJob, retryLimit: 0 } as const
const funds = { namespaceId: NAMESPACE, holdId: HOLD_A }
const byAlice = (tokens: number) => ({ payee: "alice", nodeId: NODE_A, attemptId: ATTEMPT_A, tokens })

const after = (...commands: readonly JobCommand[]) => scenario(job).after(...commands).state

describe("what the network owes a job", () => {
  it("nothing before it exists", () => {
    expect(nextAction(job.initial, 1)).toEqual({ type: "nothing" })
  })

  it("a node, from where the text ends", () => {
    expect(nextAction(after(submitJob), 1)).toEqual({ type: "assign", resumeFromTokens: 0 })
    expect(nextAction(after(submitJob, assign, lose(2)), 2)).toEqual({ type: "assign", resumeFromTokens: 2 })
  })

  it("patience while an attempt is within its time", () => {
    expect(nextAction(after(submitJob, assign), 2)).toEqual({ type: "nothing" })
  })

  it("an end to an attempt whose time is up", () => {
    expect(nextAction(after(submitJob, assign), 3)).toMatchObject({ type: "fail-attempt", attemptId: ATTEMPT_A, nodeId: NODE_A })
  })

  it("an end to an attempt whose time is up even when its node was told to stop and does not answer", () => {
    expect(nextAction(after(submitJob, assign, cancel), 3)).toMatchObject({ type: "fail-attempt", attemptId: ATTEMPT_A })
  })

  it("an end to a job whose time is up, whatever else is due", () => {
    expect(nextAction(after(submitJob), DEADLINE_AT)).toEqual({ type: "expire" })
    expect(nextAction(after(submitJob, assign, cancel), DEADLINE_AT)).toEqual({ type: "expire" })
  })

  it("a place among the dead letters after the last attempt", () => {
    expect(nextAction(after(onceOnly, assign, lose(0)), 2)).toEqual({ type: "dead-letter" })
  })

  it("another node, as often as an attempt did not come to its node before the job's time is up", () => {
    const notEnqueued: JobCommand = { type: "FailAttempt", ...about, reason: "not_enqueued", deliveredTokens: null }
    const again: JobCommand = { ...assign, attemptId: ATTEMPT_B }
    const before = after(onceOnly, assign, notEnqueued)
    expect(nextAction(before, 2)).toEqual({ type: "assign", resumeFromTokens: 0 })
    expect(after(onceOnly, assign, notEnqueued, again)).toMatchObject({ stage: "assigned", attempts: [{ attempt: 1 }, { attempt: 2 }] })
  })

  it("a word to the node when the client left, and an end at once when nobody is at work", () => {
    expect(nextAction(after(submitJob, assign, cancel), 2)).toMatchObject({ type: "stop-node", attempt: { attemptId: ATTEMPT_A } })
    expect(nextAction(after(submitJob, cancel), 2)).toEqual({ type: "confirm-cancel" })
  })
})

describe("what an ended job does to its hold", () => {
  const { mode, at: submittedAt } = submitJob
  const ended = (at: number, latencyMs: number | null) => ({ request: { endpoint: "unknown", mode, durationMs: at - submittedAt, latencyMs } })

  it("completed: settle, even when the answer is empty", () => {
    const settle = { type: "settle", ...funds, reason: "completed", ...ended(2, Math.max(0, 2 - submittedAt - receipt("r1").durationMs)) }
    expect(nextAction(after(submitJob, assign, complete(3)), 9)).toEqual({ ...settle, completionTokens: 3, served: [byAlice(3)] })
    expect(nextAction(after(submitJob, assign, complete(0)), 9)).toEqual({ ...settle, completionTokens: 0, served: [byAlice(0)] })
  })

  it("says which endpoint was asked, how long it took, and how long the model was not at work in it", () => {
    const asked = { ...submitJob, endpoint: "/v1/embeddings", at: 0 }
    const done: JobCommand = { type: "CompleteJob", ...about, finishReason: "stop", deliveredTokens: 3, receipt: { ...receipt("r1"), durationMs: 700 }, at: 1_000 }
    const long: JobCommand = { ...done, receipt: { ...receipt("r1"), durationMs: 5_000 } }
    const request = { endpoint: "/v1/embeddings", mode, durationMs: 1_000 }
    expect(nextAction(after({ ...asked, deadlineAt: 9_999 }, { ...assign, at: 500 }, done), 9)).toMatchObject({ request: { ...request, latencyMs: 300 } })
    expect(nextAction(after({ ...asked, deadlineAt: 9_999 }, { ...assign, at: 500 }, long), 9)).toMatchObject({ request: { ...request, latencyMs: 0 } })
  })

  it("nothing delivered: release", () => {
    const dead = after(onceOnly, assign, lose(0), { type: "DeadLetterJob", jobId: JOB_A, at: 3 })
    expect(nextAction(dead, 9)).toEqual({ type: "release", ...funds, reason: "dead_lettered", ...ended(3, null) })
  })

  it("something delivered: settle that much, for whoever delivered it", () => {
    const dead = after(onceOnly, assign, lose(2), { type: "DeadLetterJob", jobId: JOB_A, at: 3 })
    const settle = { type: "settle", ...funds, reason: "dead_lettered", completionTokens: 2, served: [byAlice(2)], ...ended(3, null) }
    expect(nextAction(dead, 9)).toEqual(settle)
  })

  it("never submitted: release", () => {
    const voided = after({ type: "VoidJob", jobId: JOB_A, ...funds, at: 1 })
    expect(nextAction(voided, 9)).toEqual({ type: "release", ...funds, reason: "never_submitted", request: null })
  })
})
