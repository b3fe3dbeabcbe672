import { describe, expect, it } from "vitest"
import { job, type JobCommand, nextAction, REPLACED } from "#domain/job/index.ts"
import { ATTEMPT_A, JOB_A, NODE_A, SESSION_A } from "#test/support/arbitrary-ids.ts"
import { DEADLINE_AT, receipt, submitJob } from "#test/support/arbitrary-job-script.ts"
import { scenario } from "#test/support/scenario.ts"

const assign: JobCommand = { type: "AssignJob", jobId: JOB_A, attemptId: ATTEMPT_A, nodeId: NODE_A, sessionId: SESSION_A, payee: "alice", at: 1 }
const mark: JobCommand = { type: "MarkProgress", jobId: JOB_A, attemptId: ATTEMPT_A, deliveredTokens: 2, at: 1 }
const gatewayLost: JobCommand = { type: "FailJob", jobId: JOB_A, reason: "gateway_lost", at: 2 }
const expire: JobCommand = { type: "ExpireJob", jobId: JOB_A, at: DEADLINE_AT }
const cancelled = (reason: string): readonly JobCommand[] => [
  { type: "RequestCancel", jobId: JOB_A, reason, at: 2 },
  { type: "ConfirmCancel", jobId: JOB_A, attemptId: ATTEMPT_A, deliveredTokens: 2, at: 2 },
]
const complete: JobCommand = { type: "CompleteJob", jobId: JOB_A, attemptId: ATTEMPT_A, finishReason: "stop", deliveredTokens: 3, receipt: receipt("r1"), at: 2 }

type Terms = { readonly mode: "sync" | "stream" | "polling" | "batch"; readonly repeatable?: boolean }
const due = (terms: Terms, ...end: readonly JobCommand[]) =>
  nextAction(scenario(job).after({ ...submitJob, ...terms }, assign, mark, ...end).state, 9).type

describe.each(["sync", "polling", "batch"] as const)("a %s job, whose client gets the whole answer or none", (mode) => {
  it("costs nothing when the network could not finish it", () => {
    expect(due({ mode }, gatewayLost)).toBe("release")
    expect(due({ mode }, expire)).toBe("release")
    expect(due({ mode }, ...cancelled("shutting_down"))).toBe("release")
    expect(due({ mode }, ...cancelled(REPLACED))).toBe("release")
  })

  it("costs what was done when its client left, or has it", () => {
    expect(due({ mode }, ...cancelled("client_disconnected"))).toBe("settle")
    expect(due({ mode }, complete)).toBe("settle")
  })
})

describe("a job that is called off before its answer is complete", () => {
  const requestCancel = (reason: string): JobCommand => ({ type: "RequestCancel", jobId: JOB_A, reason, at: 2 })
  const markless = (mode: Terms["mode"], reason: string, deliveredTokens: number) =>
    nextAction(scenario(job).after({ ...submitJob, mode }, assign, requestCancel(reason), { ...complete, deliveredTokens }).state, 9).type

  it.each(["another_model_answered", "submit_outcome_unknown", REPLACED])("costs nothing as %s, however it ends", (reason) => {
    for (const mode of ["sync", "stream"] as const) {
      for (const end of [complete, expire, gatewayLost]) expect(due({ mode }, requestCancel(reason), end)).toBe("release")
      expect(due({ mode }, ...cancelled(reason))).toBe("release")
    }
  })

  it.each(["answer_failed", "malformed_answer"])("as %s costs what its client has: nothing of a whole, what is marked of a stream", (reason) => {
    expect(due({ mode: "sync" }, requestCancel(reason), complete)).toBe("release")
    expect(due({ mode: "stream" }, requestCancel(reason), complete)).toBe("settle")
    expect(markless("stream", reason, 3)).toBe("release")
  })

  it("and completes all the same costs no more than one that stopped", () => {
    expect(due({ mode: "sync" }, requestCancel("timeout"), complete)).toBe("release")
    expect(due({ mode: "sync" }, requestCancel("client_disconnected"), complete)).toBe("settle")
    expect(markless("sync", "client_disconnected", 0)).toBe("release")
  })

  it("gets no grace for a stream whose submission came to nothing for its client", () => {
    const stopped: JobCommand = { type: "ConfirmCancel", jobId: JOB_A, attemptId: ATTEMPT_A, deliveredTokens: 4, at: 2 }
    scenario(job).after({ ...submitJob, mode: "stream" }, assign, requestCancel("submit_outcome_unknown"))
      .when(stopped).gives({ type: "JobCancelled", data: { deliveredTokens: 0 } })
  })
})

describe("a stream, whose client has what came", () => {
  it("costs that, however it ends", () => {
    for (const end of [[gatewayLost], [expire], cancelled("shutting_down"), cancelled("client_disconnected"), [complete]]) {
      expect(due({ mode: "stream" }, ...end)).toBe("settle")
    }
  })

  it("that can be asked for again costs nothing when its gateway is lost or replaced: it begins anew", () => {
    expect(due({ mode: "stream", repeatable: true }, gatewayLost)).toBe("release")
    expect(due({ mode: "stream", repeatable: true }, ...cancelled(REPLACED))).toBe("release")
    expect(due({ mode: "stream", repeatable: true }, expire)).toBe("settle")
  })
})
