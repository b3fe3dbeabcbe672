import type { ReadDb } from "../read-db.ts"

export interface FeedbackView {
  readonly jobId: string
  readonly keyId: string
  readonly namespaceId: string
  readonly rating: "up" | "down"
  readonly category: string | null
  readonly flagged: boolean
  readonly commentBytes: number
  readonly givenAt: number
  readonly changedAt: number | null
  /** What and who answered; null where the job is not known yet. */
  readonly model: string | null
  readonly nodeId: string | null
}

export interface FeedbackQuery {
  readonly flaggedOnly: boolean
  /** Null: both. */
  readonly rating: "up" | "down" | null
  readonly limit: number
}

export interface ModelRatings {
  readonly model: string
  readonly up: number
  readonly down: number
  readonly flagged: number
}

export const feedbackQueries = (db: ReadDb) => ({
  /** Newest first. */
  list: async ({ flaggedOnly, rating, limit }: FeedbackQuery): Promise<readonly FeedbackView[]> => {
    let rows = db
      .selectFrom("feedback")
      .leftJoin("jobs", "jobs.job_id", "feedback.job_id")
      .selectAll("feedback")
      .select(["jobs.model", "jobs.node_id"])
      .orderBy("feedback.position", "desc")
      .limit(limit)
    if (flaggedOnly) rows = rows.where("flagged", "=", 1n)
    if (rating !== null) rows = rows.where("rating", "=", rating)
    return (await rows.execute()).map((row) => ({
      jobId: row.job_id,
      keyId: row.key_id,
      namespaceId: row.namespace_id,
      rating: row.rating === "up" ? "up" : "down",
      category: row.category,
      flagged: row.flagged === 1n,
      commentBytes: Number(row.comment_bytes),
      givenAt: Number(row.given_at),
      changedAt: row.changed_at === null ? null : Number(row.changed_at),
      model: row.model,
      nodeId: row.node_id,
    }))
  },
  /** How models are rated, by name. */
  byModel: async (): Promise<readonly ModelRatings[]> => {
    const rows = await db
      .selectFrom("feedback")
      .innerJoin("jobs", "jobs.job_id", "feedback.job_id")
      .select(["jobs.model"])
      .select((on) => [
        on.fn.countAll<bigint>().filterWhere("rating", "=", "up").as("up"),
        on.fn.countAll<bigint>().filterWhere("rating", "=", "down").as("down"),
        on.fn.countAll<bigint>().filterWhere("flagged", "=", 1n).as("flagged"),
      ])
      .groupBy("jobs.model")
      .orderBy("jobs.model")
      .execute()
    return rows.map(({ model, up, down, flagged }) => ({ model, up: Number(up), down: Number(down), flagged: Number(flagged) }))
  },
})
