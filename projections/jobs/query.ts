import type { Position } from "#domain/kernel/envelope.ts"
import { GatewayId, JobId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import { type JobView, jobView } from "./job-view.ts"

export type { JobStage, JobView } from "./job-view.ts"

export interface OpenJobView {
  readonly jobId: JobId
  readonly gatewayId: GatewayId
  readonly deadlineAt: number
}

export interface TimelineEntry {
  readonly position: Position
  readonly type: string
  readonly stream: string
  readonly at: number
  /** The event's data as plain JSON. */
  readonly data: unknown
}

export const jobQueries = (db: ReadDb) => ({
  find: async (jobId: string): Promise<JobView | null> => {
    const row = await db.selectFrom("jobs").selectAll().where("job_id", "=", jobId).executeTakeFirst()
    return row === undefined ? null : jobView(row)
  },
  /** Newest first; of all namespaces when none is named. */
  list: async (query: { readonly namespaceId?: string; readonly limit: number }): Promise<readonly JobView[]> => {
    const jobs = db.selectFrom("jobs").selectAll().orderBy("position", "desc").limit(query.limit)
    const chosen = query.namespaceId === undefined ? jobs : jobs.where("namespace_id", "=", query.namespaceId)
    return (await chosen.execute()).map(jobView)
  },
  /** Jobs without an end, oldest first. */
  open: async (limit: number): Promise<readonly OpenJobView[]> => {
    const jobs = db.selectFrom("jobs").select(["job_id", "gateway_id", "deadline_at"])
    const open = jobs.where("stage", "in", ["submitted", "assigned", "running"])
    const rows = await open.orderBy("submitted_at").orderBy("job_id").limit(limit).execute()
    return rows.map((row) => ({
      jobId: JobId.make(row.job_id),
      gatewayId: GatewayId.make(row.gateway_id),
      deadlineAt: Number(row.deadline_at),
    }))
  },
  /** Those of these that have ended, and when. */
  ended: async (jobIds: readonly string[]): Promise<readonly { readonly jobId: JobId; readonly at: number }[]> => {
    const ended = db.selectFrom("jobs").select(["job_id", "ended_at"]).where("job_id", "in", [...jobIds]).where("ended_at", "is not", null)
    return (await ended.execute()).map((row) => ({ jobId: JobId.make(row.job_id), at: Number(row.ended_at) }))
  },
  /** How many jobs no node has yet, or none any more. */
  waiting: async (): Promise<number> => {
    const count = db.selectFrom("jobs").select((on) => on.fn.countAll<bigint>().as("jobs")).where("stage", "=", "submitted")
    return Number((await count.executeTakeFirst())?.jobs ?? 0)
  },
  /** Everything that happened to the job, in order; `[]` for an unknown one. */
  timeline: async (jobId: string): Promise<readonly TimelineEntry[]> => {
    const entries = db.selectFrom("job_timeline").select(["position", "type", "stream", "at", "data"])
    const rows = await entries.where("job_id", "=", jobId).orderBy("position").execute()
    return rows.map((row) => ({ ...row, at: Number(row.at) }))
  },
})
