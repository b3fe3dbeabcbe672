export {
  type ActivateNodeModel,
  type CloseNodeSession,
  node,
  type Node,
  type NodeCommand,
  type NodeRejection,
  type OpenNodeSession,
} from "./decide.ts"
export { type NodeEvent, NodeModel, SessionCertificate } from "./events.ts"
