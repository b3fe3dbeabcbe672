import { describe, expect, test } from "vitest"
import type { LogEvent } from "#projections/log-event.ts"
import { jobsProjection } from "#projections/jobs/project.ts"
import { jobs, jobTimeline } from "#projections/jobs/table.ts"
import { nodesProjection } from "#projections/nodes/project.ts"
import { knownModels, nodeAttempts, nodeModels, nodes } from "#projections/nodes/table.ts"
import { given } from "./given.ts"
import {
  assigned, attemptFailed, awarded, completed, held, marked, NAMESPACE, released, settled, share, submitted,
} from "./sample-events.ts"
import { holdAt, jobAt, nodeAt, sessionAt } from "./workload-world.ts"

const jobId = jobAt(1)

const jobAfter = (...events: readonly LogEvent[]) => given(jobsProjection, submitted, ...events).rows(jobs)[0]

describe("jobs", () => {
  test("a submitted job waits with its deadline and its gateway", () => {
    expect(jobAfter()).toMatchObject({ stage: "submitted", namespace_id: NAMESPACE, deadline_at: 50n, attempts: 0n, node_id: null })
  })

  test("an attempt moves it to its node; a mark says what was delivered", () => {
    const row = jobAfter(assigned(1, 1, 0), marked(1, 4))
    expect(row).toMatchObject({ stage: "running", attempts: 1n, node_id: nodeAt(1), delivered_before: 0n, attempt_delivered: 4n })
  })

  test("tokens of a failed attempt stay delivered when the next attempt continues", () => {
    const row = jobAfter(assigned(1, 1, 0), attemptFailed(1, 4), assigned(2, 2, 4), completed(2, 3))
    const counts = { delivered_before: 4n, attempt_delivered: 3n, attempts: 2n }
    expect(row).toMatchObject({ stage: "completed", finish_reason: "stop", node_id: nodeAt(2), last_failure: "node_gone", ...counts })
  })

  test("the first assignment's time is kept, the last one's follows", () => {
    const row = jobAfter(assigned(1, 1, 0), attemptFailed(1, 0), assigned(2, 2, 0))
    expect(row).toMatchObject({ first_assigned_at: 10n, last_assigned_at: 20n })
  })

  test.each([
    [{ type: "JobCancelled", data: { jobId, attemptId: null, reason: "client left", deliveredTokens: 0, at: 30 } }, "cancelled", "client left"],
    [{ type: "JobFailed", data: { jobId, attemptId: null, reason: "no_node", deliveredTokens: 0, at: 30 } }, "failed", "no_node"],
    [{ type: "JobExpired", data: { jobId, attemptId: null, deliveredTokens: 0, at: 30 } }, "expired", "expired"],
    [{ type: "JobDeadLettered", data: { jobId, attempts: 1, at: 30 } }, "dead_lettered", "attempts_exhausted"],
  ] as const)("an end between attempts keeps what was delivered: %#", (end, stage, reason) => {
    const row = jobAfter(assigned(1, 1, 0), attemptFailed(1, 4), end)
    expect(row).toMatchObject({ stage, end_reason: reason, attempt_delivered: 4n, ended_at: 30n })
  })

  test("the cost comes from the ledger, also for a job that never arrived", () => {
    expect(jobAfter(settled("completed", []))).toMatchObject({ cost: 6n, paid_at: 3n })
    const voided: LogEvent = { type: "JobVoided", data: { jobId, namespaceId: NAMESPACE, holdId: holdAt(1), at: 20 } }
    const rows = given(jobsProjection, held, voided, released("never_submitted")).rows(jobs)
    expect(rows).toMatchObject([{ stage: "voided", namespace_id: NAMESPACE, cost: 0n }])
  })

  test("the timeline holds the job's, the ledger's and the points' events, as JSON", () => {
    const story = [held, submitted, assigned(1, 1, 0), completed(1, 3), settled("completed", [share("alice", 1, 3, 3n)]), awarded("alice", 1, 7n)]
    const rows = given(jobsProjection, ...story).rows(jobTimeline)
    expect(rows.map((row) => row["type"])).toEqual(story.map((event) => event.type))
    expect(rows[0]?.["data"]).toMatchObject({ amount: "10", quote: { model: "tiny" } })
    expect(() => JSON.stringify(rows.map((row) => row["data"]))).not.toThrow()
  })
})

const nodeId = nodeAt(1)
const certificate = {
  nodeId, sessionId: sessionAt(1), environment: "testnet", publicKey: "k", issuedAt: 1, expiresAt: 2, signature: "s",
} as const
const registered: LogEvent = { type: "NodeRegistered", data: { nodeId, environment: "testnet", at: 1 } }
const opened: LogEvent = {
  type: "NodeSessionOpened",
  data: { nodeId, sessionId: sessionAt(1), certificate, version: "1.0", slots: 2, at: 2 },
}
const activated: LogEvent = {
  type: "NodeModelActivated",
  data: { nodeId, sessionId: sessionAt(1), model: { name: "tiny", hash: "h", contextLength: 512 }, at: 3 },
}
const closed: LogEvent = { type: "NodeSessionClosed", data: { nodeId, sessionId: sessionAt(1), reason: "socket closed", at: 4 } }

describe("nodes", () => {
  test("an open session is shown with its models, a closed one is gone and says why", () => {
    const open = given(nodesProjection, registered, opened, activated)
    expect(open.rows(nodes)).toMatchObject([{ session_id: sessionAt(1), slots: 2n, last_change: "activated: tiny" }])
    expect(open.rows(nodeModels)).toMatchObject([{ node_id: nodeId, model: "tiny", session_id: sessionAt(1), context_length: 512n }])
    const offline = given(nodesProjection, registered, opened, activated, closed)
    expect(offline.rows(nodes)).toMatchObject([{ session_id: null, last_change: "closed: socket closed", last_change_at: 4n }])
  })

  test("a model that was ever activated stays known", () => {
    expect(given(nodesProjection, registered, opened, activated, closed).rows(knownModels)).toMatchObject([{ name: "tiny" }])
  })

  test("a failed attempt is charged to the node it was given to", () => {
    const rows = given(nodesProjection, assigned(1, 1, 0), attemptFailed(1, 2), assigned(2, 2, 2)).rows(nodeAttempts)
    expect(rows.map(({ node_id, failure }) => [node_id, failure])).toEqual([[nodeAt(1), "node_gone"], [nodeAt(2), null]])
  })

  test("tokens and credits go to each serving node, the finished job to the last of a completed one", () => {
    const shares = [share("alice", 1, 2, 1n), share("bob", 2, 5, 2n)]
    const rows = given(nodesProjection, settled("completed", shares), settled("cancelled", shares)).rows(nodes)
    expect(rows.map(({ node_id, tokens, earned, jobs_done }) => [node_id, tokens, earned, jobs_done])).toEqual([
      [nodeAt(1), 4n, 2n, 0n],
      [nodeAt(2), 10n, 4n, 1n],
    ])
  })

  test("points are counted for the node that earned them", () => {
    expect(given(nodesProjection, awarded("alice", 1, 7n), awarded("alice", 1, 3n)).rows(nodes)).toMatchObject([{ milli_rcp: 10n }])
  })
})
