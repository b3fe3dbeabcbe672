import { Effect } from "effect"
import { ContentDutiesUnavailable, type ContentDutiesShape } from "#commands/ports/content-duties.ts"
import { contentQueries } from "#projections/content/query.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import { namespaceQueries } from "#projections/namespaces/query.ts"
import type { ReadDb } from "#projections/read-db.ts"

/** What is owed to contents, from the read models of jobs and erasures. */
export const contentDutiesOf = (db: ReadDb): ContentDutiesShape => {
  const { owedErasures } = contentQueries(db)
  return {
    retentions: query(() => namespaceQueries(db).retentions()),
    ended: (jobIds) => query(() => jobQueries(db).ended(jobIds)),
    owedErasures: (requestedBefore, limit) => query(() => owedErasures(requestedBefore, limit)),
  }
}

const query = <Row>(read: () => Promise<readonly Row[]>) =>
  Effect.tryPromise({
    try: read,
    catch: (cause) => new ContentDutiesUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }),
  })
