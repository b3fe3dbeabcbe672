import type { JobId } from "#domain/kernel/ids.ts"
import type { Generations } from "../../ports/generations.ts"
import type { FeedbackBody } from "./feedback-body.ts"

/** What the keys of the job's namespace say of it, the comments included. */
export const feedbackOf = async ({ feedback, comment }: Pick<Generations, "feedback" | "comment">, jobId: JobId): Promise<readonly FeedbackBody[]> => {
  const { byKey } = await feedback(jobId)
  return Promise.all(
    [...byKey.values()].map(async (one): Promise<FeedbackBody> => {
      const { keyId, rating, category, flagged, at } = one
      return { object: "feedback", job_id: jobId, key_id: keyId, rating, category, flag: flagged, comment: one.comment === null ? null : await comment(one), at }
    }),
  )
}
