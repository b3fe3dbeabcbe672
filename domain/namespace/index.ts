export { type CreateNamespace, namespace, type Namespace, type NamespaceRejection } from "./decide.ts"
export type { NamespaceEvent } from "./events.ts"
