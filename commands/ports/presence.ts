import { Context } from "effect"
import type { Environment, NodeId, SessionId } from "#domain/kernel/ids.ts"
import type { NodeModel } from "#domain/node/index.ts"

/** A connected node whose models passed their test. */
export interface NodePresence {
  readonly nodeId: NodeId
  readonly sessionId: SessionId
  readonly environment: Environment
  /** Who earns: the owner's account once bound, else the node's own address. */
  readonly payee: string
  readonly models: readonly NodeModel[]
  /** Jobs at once. */
  readonly slots: number
  readonly lastSeenAt: number
  /** From the test at start; for choosing among nodes only. */
  readonly tokensPerSecond: number
}

/** Silence after which a node is not chosen. */
export const PRESENCE_TIMEOUT_MS = 30_000

export interface PresenceShape {
  /** Seen by this process at once, by the others soon; the last announcement of a node counts. Never throws, never waits. */
  readonly announce: (presence: NodePresence) => void
  /** Only what that session announced goes. */
  readonly withdraw: (node: { readonly nodeId: NodeId; readonly sessionId: SessionId }) => void
  /**
   * Nodes heard from within `PRESENCE_TIMEOUT_MS` before `at`, by any process. When processes cannot hear each other each goes on with
   * what it knew, until the nodes' silence ends it: a job may be offered to a node that left meanwhile, and goes to the next one.
   */
  readonly online: (at: number) => readonly NodePresence[]
}

/** Who is connected now. Hot state: losing it costs a heartbeat interval, never a fact. */
export class Presence extends Context.Service<Presence, PresenceShape>()("commands/Presence") {}
