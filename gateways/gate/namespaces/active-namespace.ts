import type { NamespaceView } from "#projections/namespaces/query.ts"
import type { Caller } from "../../http/authenticate.ts"
import { accountOf, type ManageDeps } from "../manage-deps.ts"
import { namespaceNotFound } from "../own-namespace.ts"

/** The caller's own namespace by this id, not a deleted one; throws the 404 otherwise, whether or not somebody else has it. */
export const activeNamespace = async ({ namespaces }: Pick<ManageDeps, "namespaces">, caller: Caller, id: string): Promise<NamespaceView> => {
  const found = await namespaces.find(id)
  if (found === null || found.accountId !== accountOf(caller) || found.deletedAt !== null) throw namespaceNotFound()
  return found
}
