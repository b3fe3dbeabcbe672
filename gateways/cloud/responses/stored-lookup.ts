import type { Caller } from "../../http/authenticate.ts"
import type { Call } from "../../http/routes.ts"
import type { BackgroundResponses, Pending } from "./background-responses.ts"
import { responseNotFound } from "./conversation-before.ts"
import type { KeptResponse, ResponseArchive } from "./response-archive.ts"

export const PATH = "/v1/responses/{response_id}"
export const NOT_FOUND = { 404: "There is no such response; it may have been deleted, or is past the retention of its namespace." }

export interface StoredDeps {
  readonly archive: ResponseArchive
  readonly inBackground: BackgroundResponses
}

/** The response that a path names, of the key's own namespace. */
export interface StoredLookup {
  readonly keptOf: (call: Call<Caller>) => Promise<KeptResponse | null>
  /** One without an answer yet; throws the 404. */
  readonly pendingOf: (call: Call<Caller>) => Promise<Pending>
}

export const storedLookup = ({ archive, inBackground }: StoredDeps): StoredLookup => ({
  keptOf: ({ caller, param }) => archive.find(caller.namespaceId, param("response_id")),
  pendingOf: async ({ caller, param }) => {
    const pending = await inBackground.find(caller.namespaceId, param("response_id"))
    if (pending === null) throw responseNotFound(param("response_id"))
    return pending
  },
})
