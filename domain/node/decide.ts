import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { Environment, NodeId, SessionId } from "../kernel/ids.ts"
import { codec, type NodeEvent, type NodeModel, type SessionCertificate } from "./events.ts"

export interface Node {
  readonly registered: boolean
  readonly session: { readonly sessionId: SessionId; readonly models: readonly NodeModel[] } | null
}

export interface OpenNodeSession {
  readonly type: "OpenNodeSession"
  readonly nodeId: NodeId
  readonly environment: Environment
  readonly certificate: SessionCertificate
  readonly version: string
  readonly slots: number
  readonly at: number
}

export interface ActivateNodeModel {
  readonly type: "ActivateNodeModel"
  readonly nodeId: NodeId
  readonly sessionId: SessionId
  readonly model: NodeModel
  readonly at: number
}

export interface CloseNodeSession {
  readonly type: "CloseNodeSession"
  readonly nodeId: NodeId
  readonly sessionId: SessionId
  readonly reason: string
  readonly at: number
}

export type NodeCommand = OpenNodeSession | ActivateNodeModel | CloseNodeSession

export type NodeRejection = { readonly _tag: "SessionNotOpen"; readonly sessionId: string }

type Decision = Result.Result<readonly NodeEvent[], NodeRejection>

const apply = (state: Node, event: NodeEvent): Node => {
  switch (event.type) {
    case "NodeRegistered":
      return { ...state, registered: true }
    case "NodeSessionOpened":
      return { ...state, session: { sessionId: event.data.sessionId, models: [] } }
    case "NodeModelActivated":
      if (state.session === null) return state
      return { ...state, session: { ...state.session, models: [...state.session.models, event.data.model] } }
    case "NodeSessionClosed":
      return state.session?.sessionId === event.data.sessionId ? { ...state, session: null } : state
  }
}

const open = (command: OpenNodeSession, state: Node): Decision => {
  const { nodeId, environment, certificate, version, slots, at } = command
  const { sessionId } = certificate
  if (state.session?.sessionId === sessionId) return Result.succeed([])
  const events: NodeEvent[] = []
  if (!state.registered) events.push({ type: "NodeRegistered", data: { nodeId, environment, at } })
  if (state.session !== null) {
    const replaced = { nodeId, sessionId: state.session.sessionId, reason: "replaced", at }
    events.push({ type: "NodeSessionClosed", data: replaced })
  }
  events.push({ type: "NodeSessionOpened", data: { nodeId, sessionId, certificate, version, slots, at } })
  return Result.succeed(events)
}

const activate = (command: ActivateNodeModel, state: Node): Decision => {
  const { nodeId, sessionId, model, at } = command
  if (state.session?.sessionId !== sessionId) return Result.fail({ _tag: "SessionNotOpen", sessionId })
  if (state.session.models.some((known) => known.name === model.name)) return Result.succeed([])
  return Result.succeed([{ type: "NodeModelActivated", data: { nodeId, sessionId, model, at } }])
}

const close = (command: CloseNodeSession, state: Node): Decision => {
  const { nodeId, sessionId, reason, at } = command
  if (state.session?.sessionId !== sessionId) return Result.succeed([])
  return Result.succeed([{ type: "NodeSessionClosed", data: { nodeId, sessionId, reason, at } }])
}

const decide =
  (command: NodeCommand) =>
  (state: Node): Decision => {
    switch (command.type) {
      case "OpenNodeSession":
        return open(command, state)
      case "ActivateNodeModel":
        return activate(command, state)
      case "CloseNodeSession":
        return close(command, state)
    }
  }

export const node: Decider<Node, NodeCommand, NodeEvent, NodeRejection> = {
  category: "node",
  codec,
  initial: { registered: false, session: null },
  fold: foldWith(apply),
  decide,
}
