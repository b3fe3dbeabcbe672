import { Context, Data, type Effect } from "effect"
import type { AttemptId } from "#domain/kernel/ids.ts"

/** Names one piece of content: whose it is, what it belongs to and which part of it. All three are bound into the encryption. */
export interface ContentRef {
  readonly namespaceId: string
  readonly jobId: string
  readonly field: "request" | "answer" | DeliveredField
}

/** Of an attempt that goes on with an answer: what the client had when it was given out. */
export type DeliveredField = `delivered/${AttemptId}`

/** One per attempt: what an earlier attempt went on from is never taken for it. */
export const deliveredField = (attemptId: AttemptId): DeliveredField => `delivered/${attemptId}`

/** Proof of a content without the content: HMAC-SHA256 under the namespace's data key (hex) and its length. */
export interface ContentProof {
  readonly digest: string
  readonly bytes: number
}

export class ContentStoreUnavailable extends Data.TaggedError("ContentStoreUnavailable")<{ readonly reason: string }> {}

/** Erased, expired or never there. */
export class ContentMissing extends Data.TaggedError("ContentMissing")<{ readonly ref: ContentRef }> {}

export interface ContentStoreShape {
  /** Digest and length for `body`, without storing it. */
  readonly prove: (ref: ContentRef, body: string) => Effect.Effect<ContentProof, ContentStoreUnavailable>
  /** Keeps `body` encrypted (AES-256-GCM under the namespace's data key) for the retention; durable on success; idempotent. */
  readonly put: (ref: ContentRef, body: string) => Effect.Effect<ContentProof, ContentStoreUnavailable>
  readonly get: (ref: ContentRef) => Effect.Effect<string, ContentMissing | ContentStoreUnavailable>
  /** Destroys the namespace's data key: nothing of it can be read again. */
  readonly erase: (namespaceId: string) => Effect.Effect<void, ContentStoreUnavailable>
}

/** Prompts and answers, apart from the log. */
export class ContentStore extends Context.Service<ContentStore, ContentStoreShape>()("commands/ContentStore") {}
