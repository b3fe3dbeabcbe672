export {
  type ChangeRetention, type CreateNamespace, type DeleteNamespace, namespace, type Namespace,
  type NamespaceCommand, type NamespaceRejection, type RenameNamespace,
} from "./decide.ts"
export type { NamespaceEvent } from "./events.ts"
