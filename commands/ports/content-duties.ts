import { Context, Data, type Effect } from "effect"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"

export interface NamespaceRetention {
  readonly namespaceId: NamespaceId
  /** 0: nothing is kept once its job has ended. */
  readonly retentionDays: number
}

export interface OwedErasure {
  readonly namespaceId: NamespaceId
  readonly erasureId: string
}

export class ContentDutiesUnavailable extends Data.TaggedError("ContentDutiesUnavailable")<{ readonly reason: string }> {}

export interface ContentDutiesShape {
  /** Of every namespace. */
  readonly retentions: Effect.Effect<readonly NamespaceRetention[], ContentDutiesUnavailable>
  /** Those of these jobs that have ended, and when. */
  readonly ended: (jobIds: readonly string[]) => Effect.Effect<readonly { readonly jobId: JobId; readonly at: number }[], ContentDutiesUnavailable>
  /** Erasures that were requested before this moment and are not confirmed, oldest first. A hint: the decider has the last word. */
  readonly owedErasures: (requestedBefore: number, limit: number) => Effect.Effect<readonly OwedErasure[], ContentDutiesUnavailable>
}

/** Where the network looks for what it owes to contents: read models. */
export class ContentDuties extends Context.Service<ContentDuties, ContentDutiesShape>()("commands/ContentDuties") {}
