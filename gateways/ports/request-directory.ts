import type { NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import type { RequestObject, RequestStatus } from "../cloud/requests/request-object.ts"

export interface RequestPage {
  readonly limit: number
  /** The last request of the page before; null: from the newest on. */
  readonly after: RequestId | null
  readonly status: RequestStatus | null
}

/** What the read model knows of requests. */
export interface RequestDirectory {
  /** Newest first, without their answers. */
  readonly list: (page: RequestPage & { readonly namespaceId: NamespaceId }) => Promise<readonly RequestObject[]>
}
