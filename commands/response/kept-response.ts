import { Effect } from "effect"
import type { JobId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { ContentStore } from "../ports/content-store.ts"

/** A response is kept with its job: it lives as long as that job's other contents, and only its namespace can find it. */
export interface ResponsePlace {
  readonly namespaceId: NamespaceId
  readonly jobId: JobId
}

const refOf = (place: ResponsePlace) => ({ ...place, field: "response" }) as const

export const keepResponse = ({ text, ...place }: ResponsePlace & { readonly text: string }) =>
  Effect.flatMap(ContentStore, (content) => Effect.asVoid(content.put(refOf(place), text)))

/** Null when it was deleted, erased, is past its retention or was never there. */
export const keptResponse = (place: ResponsePlace) =>
  Effect.flatMap(ContentStore, (content) => content.get(refOf(place))).pipe(Effect.catchTag("ContentMissing", () => Effect.succeed(null)))

/** All that a job, or the request that asked for it, has: prompt and answer too. */
export const forgetResponse = ({ namespaceId, ownerId }: { readonly namespaceId: NamespaceId; readonly ownerId: JobId | RequestId }) =>
  Effect.flatMap(ContentStore, (content) => content.forget(namespaceId, ownerId))
