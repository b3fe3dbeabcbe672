import { Context, Data, type Effect } from "effect"
import type { GatewayId, HoldId, JobId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"

export interface OpenJobRef {
  readonly jobId: JobId
  readonly gatewayId: GatewayId
  readonly deadlineAt: number
}

export interface OpenHoldRef {
  readonly holdId: HoldId
  readonly namespaceId: NamespaceId
  readonly jobId: JobId
  readonly placedAt: number
  readonly expiresAt: number
}

export interface OpenSessionRef {
  readonly nodeId: NodeId
  readonly sessionId: SessionId
}

export class OpenWorkUnavailable extends Data.TaggedError("OpenWorkUnavailable")<{ readonly reason: string }> {}

export interface OpenWorkShape {
  /** Jobs without an end, oldest first. A hint from a read model: the decider has the last word. */
  readonly jobs: (limit: number) => Effect.Effect<readonly OpenJobRef[], OpenWorkUnavailable>
  /** Holds without an end that were placed before `placedBefore`, oldest first. */
  readonly holds: (placedBefore: number, limit: number) => Effect.Effect<readonly OpenHoldRef[], OpenWorkUnavailable>
  /** Nodes' sessions without an end, oldest first. */
  readonly sessions: (limit: number) => Effect.Effect<readonly OpenSessionRef[], OpenWorkUnavailable>
}

/** Where the watchdog looks for what may be overdue. */
export class OpenWork extends Context.Service<OpenWork, OpenWorkShape>()("commands/OpenWork") {}
