import { Effect } from "effect"
import type { ContentRef, ContentStoreShape } from "#commands/ports/content-store.ts"

/** Prompts on their way from the cloud gateway to the node; more are read from the store again. */
const MAX_CONTENTS = 1_000
/** Longer ones are rare, and cheap to read beside what they cost to compute. */
const MAX_CHARACTERS = 64 * 1024
/** A prompt that no assignment fetched by then waits for a node; it must not wait in the clear. */
const KEPT_MS = 5_000

interface Recent {
  readonly body: string
  readonly until: number
}

/**
 * Remembers a prompt from its `put` to its first `get`, where both happen in this process: the assignment follows the hold within
 * milliseconds, and reading it back would be a round trip before the first token. The store below stays the truth.
 */
export const recentContents = <Store extends ContentStoreShape>(store: Store): Store => {
  const recent = new Map<string, Recent>()
  const keyOf = ({ namespaceId, jobId, field }: ContentRef): string => `${namespaceId}/${jobId}/${field}`
  const remember = (ref: ContentRef, body: string): void => {
    if (ref.field !== "request" || body.length > MAX_CHARACTERS) return
    const now = Date.now()
    recent.set(keyOf(ref), { body, until: now + KEPT_MS })
    for (const [key, { until }] of recent) {
      if (until > now && recent.size <= MAX_CONTENTS) break
      recent.delete(key)
    }
  }
  const dropped = (prefix: string) =>
    Effect.sync(() => {
      for (const key of recent.keys()) if (key.startsWith(prefix)) recent.delete(key)
    })
  return {
    ...store,
    put: (ref, body) => Effect.tap(store.put(ref, body), () => Effect.sync(() => remember(ref, body))),
    get: (ref) =>
      Effect.suspend(() => {
        const kept = recent.get(keyOf(ref))
        recent.delete(keyOf(ref))
        return kept === undefined || kept.until < Date.now() ? store.get(ref) : Effect.succeed(kept.body)
      }),
    keepFor: (namespaceId, retentionMs) => Effect.andThen(dropped(`${namespaceId}/`), store.keepFor(namespaceId, retentionMs)),
    expireJobs: (jobs) => Effect.andThen(Effect.forEach(jobs.jobIds, (jobId) => dropped(`${jobs.namespaceId}/${jobId}/`)), store.expireJobs(jobs)),
    forget: (namespaceId, jobId) => Effect.andThen(dropped(`${namespaceId}/${jobId}/`), store.forget(namespaceId, jobId)),
    erase: (namespaceId) => Effect.andThen(dropped(`${namespaceId}/`), store.erase(namespaceId)),
  }
}
