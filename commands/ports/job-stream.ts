import { Context, Data, type Effect } from "effect"
import type { AttemptId, JobId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"
import type { Unsubscribe } from "./bus.ts"

/** What a node is to do; the content travels separately. */
export interface Assignment {
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly namespaceId: NamespaceId
  readonly nodeId: NodeId
  readonly sessionId: SessionId
  readonly model: string
  /** Output tokens left under the hold. */
  readonly maxOutputTokens: number
  /** Text of earlier attempts that the client already has; the node continues after it. */
  readonly deliveredText: string
  readonly expiresAt: number
}

export interface Delivery {
  readonly assignment: Assignment
  /** The node has it; without this it is delivered again after `ACK_WAIT_MS`, and dead-lettered after `MAX_DELIVERIES`. */
  readonly ack: () => void
}

export const ACK_WAIT_MS = 5_000
export const MAX_DELIVERIES = 3

export class JobStreamUnavailable extends Data.TaggedError("JobStreamUnavailable")<{ readonly reason: string }> {}

export interface JobStreamShape {
  readonly enqueue: (assignment: Assignment) => Effect.Effect<void, JobStreamUnavailable>
  /** Delivers what is or comes into this node's stream, in order. */
  readonly consume: (nodeId: NodeId, deliver: (delivery: Delivery) => void) => Unsubscribe
}

/** One durable, acknowledged stream of assignments per node: `jobs.<env>.<node>`. */
export class JobStream extends Context.Service<JobStream, JobStreamShape>()("commands/JobStream") {}
