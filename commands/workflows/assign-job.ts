import { Effect } from "effect"
import { deliveredTokens, job, type OpenJob, waitingSince } from "#domain/job/index.ts"
import { ineligible } from "#domain/policies/eligibility.ts"
import { chooseNode } from "#domain/policies/node-choice.ts"
import { nodeSubject } from "#domain/protocol/bus-messages.ts"
import { Commands } from "../handle.ts"
import { newAttemptId } from "../ids.ts"
import { askDelivered } from "../job/ask-delivered.ts"
import { Bus } from "../ports/bus.ts"
import { type Assignment, JobStream } from "../ports/job-stream.ts"
import { type NodePresence, Presence, PRESENCE_TIMEOUT_MS } from "../ports/presence.ts"
import type { Slots } from "./slots.ts"

/** How long a job waits for any node that serves its model: one that lost its connection is back within seconds. */
const NO_NODE_GRACE_MS = 10_000

/**
 * Gives an open job to a node. The record travels beside the assignment: if the log refuses it, the node is told to stop, and
 * dispatch looks at the job again.
 */
export const assignJob = Effect.fnUntraced(function* (state: OpenJob, slots: Slots) {
  const { handle } = yield* Commands
  const presence = yield* Presence
  const stream = yield* JobStream
  const bus = yield* Bus
  const { jobId, namespaceId, model, maxOutputTokens, deadlineAt } = state.submitted
  const at = Date.now()
  const online = presence.online(at)
  const node = pickNode(online, state, slots, at)
  if (node === null) {
    const served = online.some(({ models }) => models.some(({ name }) => name === model))
    if (served || at - waitingSince(state) < NO_NODE_GRACE_MS) return "no_capacity" as const
    const command = { type: "FailJob", jobId, reason: "no_node", at } as const
    yield* handle(job, jobId, command, { commandId: `job/${jobId}/no-node`, correlationId: jobId })
    return "no_node" as const
  }

  const attemptId = newAttemptId()
  const { nodeId, sessionId, payee } = node
  slots.reserve(jobId, { nodeId, attemptId })
  const delivered = yield* deliveredText(state)
  if (delivered === null) {
    slots.release(jobId)
    const lost = { type: "FailJob", jobId, reason: "gateway_lost", at } as const
    yield* handle(job, jobId, lost, { commandId: `job/${jobId}/gateway-lost`, correlationId: jobId })
    return "no_gateway" as const
  }
  const assignment: Assignment = {
    jobId, attemptId, namespaceId, nodeId, sessionId, model,
    maxOutputTokens: maxOutputTokens - deliveredTokens(state),
    deliveredText: delivered,
    expiresAt: deadlineAt,
  }
  const record = { type: "AssignJob", jobId, attemptId, nodeId, sessionId, payee, at } as const
  const recorded = handle(job, jobId, record, { commandId: `attempt/${attemptId}/assign`, correlationId: jobId })
  yield* Effect.all([recorded, stream.enqueue(assignment)], { concurrency: 2 }).pipe(
    Effect.tapCause(() =>
      Effect.sync(() => {
        slots.release(jobId)
        bus.publish(nodeSubject(nodeId), { type: "cancel", attemptId, reason: "not_recorded" })
      }),
    ),
  )
  return "assigned" as const
})

/** Nodes that failed this job already come last: only when nobody else can take it. Before them those where it would wait. */
const pickNode = (online: readonly NodePresence[], state: OpenJob, slots: Slots, at: number): NodePresence | null => {
  const { environment, model, promptTokens, maxOutputTokens } = state.submitted
  const needs = { environment, model, contextTokens: promptTokens + maxOutputTokens, outputTokens: maxOutputTokens }
  const eligible = online
    .map((node) => ({ ...node, busy: slots.busy(node.nodeId) }))
    .filter((node) => ineligible(node, needs, at, PRESENCE_TIMEOUT_MS) === null)
  const failedHere = new Set(state.attempts.map((attempt) => attempt.nodeId))
  const fresh = eligible.filter((node) => !failedHere.has(node.nodeId))
  const able = fresh.length > 0 ? fresh : eligible
  const idle = able.filter((node) => node.busy < node.slots)
  return chooseNode(idle.length > 0 ? idle : able, [Math.random(), Math.random()])
}

/** The text that earlier attempts delivered, or null when the gateway that has it is gone. */
const deliveredText = Effect.fnUntraced(function* (state: OpenJob) {
  const last = state.attempts.at(-1)
  if (last === undefined) return ""
  const reply = yield* askDelivered(state.submitted.jobId, last.attemptId)
  return reply === null ? null : reply.text
})
