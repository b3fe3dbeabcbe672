import { Effect, Result, Schedule } from "effect"
import { deliveredTokens, goneSessions, job, type OpenJob, waitingSince } from "#domain/job/index.ts"
import type { JobNeeds } from "#domain/policies/eligibility.ts"
import { chooseNode } from "#domain/policies/node-choice.ts"
import { type DeliveredReply, nodeSubject } from "#domain/protocol/bus-messages.ts"
import { Commands } from "../handle.ts"
import { newAttemptId } from "../ids.ts"
import { askDelivered } from "../job/ask-delivered.ts"
import { failAttempt } from "../job/fail-attempt.ts"
import { RECORD_RETRY } from "../job/record-retry.ts"
import { Bus } from "../ports/bus.ts"
import { type Assignment, JobStream } from "../ports/job-stream.ts"
import { Presence } from "../ports/presence.ts"
import type { Capacity, Place } from "./capacity.ts"
import { keepDelivered } from "./keep-delivered.ts"
import type { PostponedJobs } from "./postponed-jobs.ts"

/** How long a job waits for any node that serves its model: one that lost its connection is back within seconds. */
const NO_NODE_GRACE_MS = 10_000
/** A node's job stream may be away for a moment; after that the attempt counts as failed and another node is tried. */
const ENQUEUE_RETRY = { schedule: Schedule.spaced("500 millis"), times: 10 }

/**
 * Gives an open job to a node. First its gateway says what the client has, and hears of the new attempt: a job that nobody waits for
 * is not run, and text that came from an attempt without a record is never repeated. The record travels beside the assignment: if the
 * log refuses it, the node is told to stop, and dispatch looks at the job again.
 */
export const assignJob = Effect.fnUntraced(function* (state: OpenJob, capacity: Capacity, postponed: PostponedJobs) {
  const { handle } = yield* Commands
  const presence = yield* Presence
  const stream = yield* JobStream
  const bus = yield* Bus
  const { jobId, namespaceId, model, maxOutputTokens, deadlineAt } = state.submitted
  const at = Date.now()
  const waiting = { jobId, needs: needsOf(state), since: queuesSince(state) }
  const node = pickNode(capacity.placesFor(waiting, at), state)
  if (node === null) {
    const { goneSessions: gone } = waiting.needs
    const served = presence.online(at).some(({ models, sessionId }) => !gone.includes(sessionId) && models.some(({ name }) => name === model))
    if (served || at - waitingSince(state) < NO_NODE_GRACE_MS) return capacity.wait(waiting)
    capacity.leave(jobId)
    const command = { type: "FailJob", jobId, reason: "no_node", at } as const
    yield* handle(job, jobId, command, { commandId: `job/${jobId}/no-node`, correlationId: jobId })
    return
  }

  const attemptId = newAttemptId()
  const { nodeId, sessionId, payee } = node
  capacity.take(jobId, { nodeId, attemptId })
  const delivered = yield* askDelivered(jobId, { admit: attemptId })
  if (delivered === null) {
    capacity.release(jobId)
    if (at - postponed.gatewaySilent(jobId, at) < bus.patienceMs) return
    const lost = { type: "FailJob", jobId, reason: "gateway_lost", at } as const
    yield* handle(job, jobId, lost, { commandId: `job/${jobId}/gateway-lost`, correlationId: jobId })
    return
  }
  postponed.forget(jobId)
  const assignment: Assignment = {
    jobId, attemptId, namespaceId, nodeId, sessionId, model,
    maxOutputTokens: Math.max(0, maxOutputTokens - tokensHad(state, delivered)),
    deliveredCharacters: delivered.text.length,
    expiresAt: deadlineAt,
  }
  if (!(yield* keepDelivered({ namespaceId, jobId, attemptId, text: delivered.text }))) {
    postponed.postpone(jobId)
    return capacity.release(jobId)
  }
  const record = { type: "AssignJob", jobId, attemptId, nodeId, sessionId, payee, at } as const
  const meta = { commandId: `attempt/${attemptId}/assign`, correlationId: jobId }
  const recorded = Effect.retry(handle(job, jobId, record, meta), RECORD_RETRY)
  const enqueued = Effect.result(Effect.retry(stream.enqueue(assignment), ENQUEUE_RETRY))
  const [, sent] = yield* Effect.all([recorded, enqueued], { concurrency: 2 }).pipe(
    Effect.tapCause(() =>
      Effect.sync(() => {
        capacity.release(jobId)
        bus.publish(nodeSubject(nodeId), { type: "cancel", attemptId, reason: "not_recorded" })
      }),
    ),
  )
  if (Result.isFailure(sent)) yield* failAttempt({ jobId, attemptId, reason: "not_enqueued" })
})

const needsOf = (state: OpenJob): JobNeeds => {
  const { environment, model, promptTokens, maxOutputTokens } = state.submitted
  return {
    environment, model, contextTokens: promptTokens + maxOutputTokens, outputTokens: maxOutputTokens, goneSessions: goneSessions(state),
  }
}

/** One that was at work before goes on before those that came in the same millisecond. */
const queuesSince = ({ submitted, attempts }: OpenJob): number => submitted.at - Math.min(1, attempts.length)

/** Nodes that failed this job already come last: only when nobody else can take it. Before them those where it would wait. */
const pickNode = (eligible: readonly Place[], state: OpenJob): Place | null => {
  const failedHere = new Set(state.attempts.map((attempt) => attempt.nodeId))
  const fresh = eligible.filter((node) => !failedHere.has(node.nodeId))
  const able = fresh.length > 0 ? fresh : eligible
  const idle = able.filter((node) => node.busy < node.slots)
  return chooseNode(idle.length > 0 ? idle : able, [Math.random(), Math.random()])
}

/**
 * Output tokens that the client has. Its gateway may know of more than the log: an attempt whose record failed after it had begun.
 * They take their share of the answer's length, and nobody pays for them: no node has them on record, and the client is charged by
 * the record.
 */
const tokensHad = (state: OpenJob, { attempts }: DeliveredReply): number =>
  Math.max(deliveredTokens(state), attempts.reduce((sum, { tokens }) => sum + tokens, 0))
