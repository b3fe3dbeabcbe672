import { Context, Data, type Effect, Schema } from "effect"
import { AttemptId, JobId, NamespaceId, NodeId, SessionId, TimeMs } from "#domain/kernel/ids.ts"
import type { Unsubscribe } from "./bus.ts"

/** What a node is to do; the content travels separately, prompt and answer so far: a stream keeps this in the clear. */
export const Assignment = Schema.Struct({
  jobId: JobId,
  attemptId: AttemptId,
  namespaceId: NamespaceId,
  nodeId: NodeId,
  sessionId: SessionId,
  model: Schema.String,
  /** Output tokens left under the hold. */
  maxOutputTokens: Schema.Int,
  /** Characters of earlier attempts that the client already has; the node continues after them. Their text is in the content store. */
  deliveredCharacters: Schema.Int,
  expiresAt: TimeMs,
})
export type Assignment = typeof Assignment.Type

export interface Delivery {
  readonly assignment: Assignment
  /** The node has it; without this it is delivered again after `ACK_WAIT_MS`, and dead-lettered after `MAX_DELIVERIES`. */
  readonly ack: () => void
}

export const ACK_WAIT_MS = 5_000
export const MAX_DELIVERIES = 3
/** Assignments that one node may have waiting; a node takes as many as it has slots, so this is far beyond any use. */
export const MAX_QUEUED = 1_000

export class JobStreamUnavailable extends Data.TaggedError("JobStreamUnavailable")<{ readonly reason: string }> {}

export interface JobStreamShape {
  /**
   * Once it succeeds the stream has it. The same attempt again is delivered once. Fails when the node has `MAX_QUEUED` waiting, or when
   * it is not known whether the stream has it: then it may still be delivered.
   */
  readonly enqueue: (assignment: Assignment) => Effect.Effect<void, JobStreamUnavailable>
  /**
   * Delivers what is or comes into this node's stream, in order, until its time is over. The newest consumer of a node gets everything
   * that is not acknowledged.
   */
  readonly consume: (nodeId: NodeId, deliver: (delivery: Delivery) => void) => Unsubscribe
}

/** One durable, acknowledged stream of assignments per node: `jobs.<env>.<node>`. */
export class JobStream extends Context.Service<JobStream, JobStreamShape>()("commands/JobStream") {}
