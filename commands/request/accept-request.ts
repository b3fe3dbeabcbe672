import { Effect } from "effect"
import { request, type RequestMode, type RequestPriority } from "#domain/request/index.ts"
import type { GatewayId, KeyId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"
import { ContentStore } from "../ports/content-store.ts"
import { KEPT_MS } from "./limits.ts"

export interface NewRequest {
  readonly requestId: RequestId
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  /** `POST /v1/chat/completions` */
  readonly endpoint: string
  readonly mode: RequestMode
  readonly priority: RequestPriority
  readonly model: string | null
  /** What a repeat has to be the same in, in canonical form. */
  readonly canonical: string
  /** The gateway that begins at once; null: any may. */
  readonly startWith: GatewayId | null
}

/**
 * accepted: it begins with this call; `generation` is this gateway's to run, or null when it asked for none · known: it is there already, in
 * whatever stage · mismatch: under this id is another request
 */
export type Acceptance = { readonly type: "accepted"; readonly generation: number | null } | { readonly type: "known" } | { readonly type: "mismatch" }

/** Enters a request whose answer will be kept. Of all that come at once with one id, one is `accepted`. */
export const acceptRequest = Effect.fnUntraced(function* ({ canonical, ...input }: NewRequest) {
  const { handle } = yield* Commands
  const content = yield* ContentStore
  const { requestId, namespaceId } = input
  const proof = yield* content.prove({ namespaceId, jobId: requestId, field: "request" }, canonical)
  const at = Date.now()
  const command = { type: "AcceptRequest", ...input, ...proof, at, expiresAt: at + KEPT_MS } as const
  // Each call is a claim of its own: only the one whose events they are has them.
  const meta = { commandId: `request/${requestId}/accept/${uuidV7()}`, correlationId: requestId }
  return yield* handle(request, requestId, command, meta).pipe(
    Effect.map(({ events }): Acceptance => {
      const started = events.find((event) => event.type === "RequestStarted")
      return events.length === 0 ? { type: "known" } : { type: "accepted", generation: started?.data.generation ?? null }
    }),
    Effect.catchTag("RequestMismatch", () => Effect.succeed<Acceptance>({ type: "mismatch" })),
  )
})
