import { Context, Data, type Effect } from "effect"
import type { AttemptId, KeyId } from "#domain/kernel/ids.ts"

/** Names one piece of content: whose it is, what it belongs to and which part of it. All three are bound into the encryption. */
export interface ContentRef {
  readonly namespaceId: string
  readonly jobId: string
  readonly field: "request" | "answer" | "response" | DeliveredField | ReplyField | FeedbackField | FileField | BatchField
}

/** Of an attempt that goes on with an answer: what the client had when it was given out. */
export type DeliveredField = `delivered/${AttemptId}`

/** What the holder of a key wrote about the answer. */
export type FeedbackField = `feedback/${KeyId}`
export const feedbackField = (keyId: KeyId): FeedbackField => `feedback/${keyId}`

/** A request's whole reply, as the gateway of that generation gave it. */
export type ReplyField = `reply/${number}`

/** Of a file: its name, and its bytes in parts. */
export type FileField = "filename" | `part/${number}`

/** Of a batch: what its client said of it, what is wrong with its input, and the result of each line as one runner has it. */
export type BatchField = "metadata" | "problems" | `line/${number}/${number}`

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
  /**
   * The namespace's retention from now on, in milliseconds, and for what is there: it counts from each content's `put`. 0: nothing is
   * kept once its job has ended (`keptMs`). Outlives the namespace's data key. A `put` under way may still go by the old one.
   */
  readonly keepFor: (namespaceId: string, retentionMs: number) => Effect.Effect<void, ContentStoreUnavailable>
  /** What `keepFor` was last told, in milliseconds; a namespace that is absent has the default. */
  readonly retentions: Effect.Effect<ReadonlyMap<string, number>, ContentStoreUnavailable>
  /** Jobs of a namespace that have content beyond `until`, oldest first: where nothing is kept, those whose end was not told yet. */
  readonly jobsBeyond: (query: { readonly namespaceId: string; readonly until: number; readonly limit: number }) => Effect.Effect<readonly string[], ContentStoreUnavailable>
  /** These jobs' contents go at `at`, or earlier where they would anyway. */
  readonly expireJobs: (jobs: { readonly namespaceId: string; readonly jobIds: readonly string[]; readonly at: number }) => Effect.Effect<void, ContentStoreUnavailable>
  /** Deletes what one job has, now. */
  readonly forget: (namespaceId: string, jobId: string) => Effect.Effect<void, ContentStoreUnavailable>
  /** Deletes contents whose time has come, a bounded number of them; how many went. What has expired is not given out before that either. */
  readonly purgeExpired: Effect.Effect<number, ContentStoreUnavailable>
  /** Destroys the namespace's data key: nothing of it can be read again. */
  readonly erase: (namespaceId: string) => Effect.Effect<void, ContentStoreUnavailable>
}

/** Prompts and answers, apart from the log. */
export class ContentStore extends Context.Service<ContentStore, ContentStoreShape>()("commands/ContentStore") {}
