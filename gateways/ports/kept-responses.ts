import type { JobId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"

interface ResponsePlace {
  readonly namespaceId: NamespaceId
  readonly jobId: JobId
}

/** Responses that can be asked for again, encrypted, for as long as their namespace keeps content. Each rejects when the content store is away. */
export interface KeptResponses {
  readonly keep: (response: ResponsePlace & { readonly text: string }) => Promise<void>
  /** Null when it was deleted, erased, is past its retention or was never there. */
  readonly find: (place: ResponsePlace) => Promise<string | null>
  /** Deletes all that a job, or the request that asked for it, has. */
  readonly forget: (owner: { readonly namespaceId: NamespaceId; readonly ownerId: JobId | RequestId }) => Promise<void>
}
