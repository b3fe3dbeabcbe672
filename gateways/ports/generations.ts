import type { JobFeedback } from "#domain/feedback/index.ts"
import type { JobId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { JobView, TimelineEntry } from "#projections/jobs/query.ts"

/** What is known of one job by now; the read models may be a moment behind the log. */
export interface JobRecord {
  readonly job: JobView
  readonly story: readonly TimelineEntry[]
}

/** Records of jobs, and what their clients say of them. */
export interface Generations {
  /** Whose job it is, by the log; null where there is none. */
  readonly ownerOf: (jobId: JobId) => Promise<NamespaceId | null>
  readonly find: (jobId: JobId) => Promise<JobRecord | null>
  readonly feedback: (jobId: JobId) => Promise<JobFeedback>
  /** Null when it is not kept any more. */
  readonly comment: (of: { readonly namespaceId: NamespaceId; readonly jobId: JobId; readonly keyId: KeyId }) => Promise<string | null>
}
