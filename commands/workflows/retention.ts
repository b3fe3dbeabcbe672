import { Effect, Schedule } from "effect"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { DEFAULT_RETENTION_DAYS, GRACE_MS, retentionMs } from "#domain/policies/retention.ts"
import { finishErasure } from "../content/erase-content.ts"
import { ContentDuties } from "../ports/content-duties.ts"
import { ContentStore } from "../ports/content-store.ts"
import { Counters } from "../ports/counters.ts"

const INTERVAL = "15 seconds"
/** Of one namespace and round; what is left over comes in the next. */
const MAX_JOBS = 5_000
const MAX_ERASURES = 100
/** Whoever requested an erasure does it; this long after the request nobody does any more. */
const ERASURE_GRACE_MS = 10_000
/** Deletions of one round. */
const MAX_PURGES = 200

/** Contents live as long as their namespace wants: applies retentions, forgets what need not be kept, deletes what has expired, goes on with erasures. */
export const retention = Effect.suspend(() => {
  const again = new Set<NamespaceId>()
  return retentionRound(again).pipe(
    Effect.catchCause((cause) =>
      Effect.gen(function* () {
        const counters = yield* Counters
        counters.increment("retention_failed_total")
        yield* Effect.logWarning("a round of retention failed", cause)
      }),
    ),
    Effect.repeat(Schedule.spaced(INTERVAL)),
  )
})

/** `again`: namespaces whose retention was changed in the round before. A put under way then may have gone by the old word. */
export const retentionRound = Effect.fnUntraced(function* (again: Set<NamespaceId>) {
  const duties = yield* ContentDuties
  const store = yield* ContentStore
  const retentions = yield* duties.retentions
  const told = yield* store.retentions
  for (const { namespaceId, retentionDays } of retentions) {
    const isNew = (told.get(namespaceId) ?? retentionMs(DEFAULT_RETENTION_DAYS)) !== retentionMs(retentionDays)
    if (isNew || again.has(namespaceId)) yield* store.keepFor(namespaceId, retentionMs(retentionDays))
    if (isNew) again.add(namespaceId)
    else again.delete(namespaceId)
  }
  for (const { namespaceId, retentionDays } of retentions) if (retentionDays === 0) yield* forgetEnded(namespaceId)
  for (const owed of yield* duties.owedErasures(Date.now() - ERASURE_GRACE_MS, MAX_ERASURES)) yield* finishErasure(owed)
  yield* purge
})

/** Of a namespace that keeps nothing: the contents of jobs that have ended go after the grace. */
const forgetEnded = Effect.fnUntraced(function* (namespaceId: NamespaceId) {
  const store = yield* ContentStore
  const duties = yield* ContentDuties
  const jobIds = yield* store.jobsBeyond({ namespaceId, until: Date.now() + GRACE_MS, limit: MAX_JOBS })
  if (jobIds.length === 0) return
  const ended = yield* duties.ended(jobIds)
  if (ended.length === 0) return
  // Those that ended long ago go at once, the others in time: one bound for all that ended in this round would keep them longer.
  const byTime = Map.groupBy(ended, ({ at }) => Math.ceil(at / GRACE_STEP_MS) * GRACE_STEP_MS)
  for (const [at, jobs] of byTime) yield* store.expireJobs({ namespaceId, jobIds: jobs.map(({ jobId }) => jobId), at: at + GRACE_MS })
})

/** Jobs that ended within it share a deletion time. */
const GRACE_STEP_MS = 60_000

const purge = Effect.gen(function* () {
  const store = yield* ContentStore
  const counters = yield* Counters
  for (let times = 0; times < MAX_PURGES; times++) {
    const gone = yield* store.purgeExpired
    if (gone === 0) return
    for (let item = 0; item < gone; item++) counters.increment("content_expired_total")
  }
})
