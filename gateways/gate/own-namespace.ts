import { NamespaceId } from "#domain/kernel/ids.ts"
import { ApiError } from "../http/api-error.ts"
import type { Caller } from "../http/authenticate.ts"

/** Namespaces that a caller may see, deleted ones too. */
export type VisibleNamespaces = (caller: Caller) => Promise<readonly string[]>

const notFound = (code: string, message: string) => new ApiError({ status: 404, type: "invalid_request_error", code, message })

export const namespaceNotFound = () => notFound("namespace_not_found", "A namespace of this id does not exist, or this key may not see it.")

export const thingNotFound = (what: string) => notFound(`${what}_not_found`, `A ${what.replaceAll("_", " ")} of this id does not exist in this namespace.`)

/** The namespace by this id, if the caller may see it; throws the 404 otherwise, whether or not somebody else has it. */
export const ownNamespace = async (visible: VisibleNamespaces, caller: Caller, id: string): Promise<NamespaceId> => {
  if (!(await visible(caller)).includes(id)) throw namespaceNotFound()
  return NamespaceId.make(id)
}
