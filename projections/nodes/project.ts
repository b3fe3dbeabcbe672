import { defineProjection, type Rules } from "../projection.ts"
import { add, put } from "../writes.ts"
import { knownModels, nodeAttempts, nodeModels, nodes } from "./table.ts"

const sessionRules: Rules = {
  NodeRegistered: ({ data: { nodeId, environment, at }, position }) => [
    put(
      nodes,
      { node_id: nodeId },
      { environment, registered_at: at, last_change_at: at, last_change: "registered", position },
    ),
  ],
  NodeSessionOpened: ({ data: { nodeId, sessionId, version, slots, at } }) => {
    const session = { session_id: sessionId, session_opened_at: at, version, slots }
    return [put(nodes, { node_id: nodeId }, { ...session, last_change_at: at, last_change: "opened" })]
  },
  NodeModelActivated: ({ data: { nodeId, sessionId, model, at } }) => {
    const file = { hash: model.hash, context_length: model.contextLength }
    return [
      put(nodeModels, { node_id: nodeId, model: model.name }, { session_id: sessionId, activated_at: at, ...file }),
      put(knownModels, { name: model.name }, { last_activated_at: at, ...file }),
      put(nodes, { node_id: nodeId }, { last_change_at: at, last_change: `activated: ${model.name}` }),
    ]
  },
  NodeSessionClosed: ({ data: { nodeId, reason, at } }) => {
    const session = { session_id: null, session_opened_at: null }
    return [put(nodes, { node_id: nodeId }, { ...session, last_change_at: at, last_change: `closed: ${reason}` })]
  },
}

const workRules: Rules = {
  JobAssigned: ({ data: { attemptId, nodeId, jobId, at } }) => [
    put(nodeAttempts, { attempt_id: attemptId }, { node_id: nodeId, job_id: jobId, assigned_at: at }),
  ],
  AttemptFailed: ({ data: { attemptId, reason } }) => [put(nodeAttempts, { attempt_id: attemptId }, { failure: reason })],
  HoldSettled: ({ data: { shares, reason } }) =>
    shares.map((share, index) => {
      // A completed job's last share is the attempt whose receipt completed it.
      const finished = reason === "completed" && index === shares.length - 1
      const earned = { tokens: BigInt(share.tokens), earned: share.amount, jobs_done: finished ? 1n : 0n }
      return add(nodes, { node_id: share.nodeId }, earned)
    }),
  RcpAwarded: ({ data: { nodeId, amount } }) => [add(nodes, { node_id: nodeId }, { milli_rcp: amount })],
}

export const nodesProjection = defineProjection({
  name: "nodes",
  version: 1,
  tables: [nodes, nodeModels, nodeAttempts, knownModels],
  rules: { ...sessionRules, ...workRules },
})
