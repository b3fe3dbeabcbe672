import { Effect } from "effect"
import { feedbackComment, giveFeedback, loadFeedback } from "#commands/feedback/give-feedback.ts"
import { Commands } from "#commands/handle.ts"
import { job } from "#domain/job/index.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import type { CloudGatewayDeps } from "#gateways/cloud/cloud-gateway.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import type { NetworkServices } from "./network-layers.ts"
import type { Platform } from "./platform.ts"

/** What becomes of answers, from the log and the read models, and what clients think of them. */
export const answerRecords = ({ runtime, readDb }: Pick<Platform, "runtime" | "readDb">): CloudGatewayDeps["records"] => {
  const run = <A, E>(effect: Effect.Effect<A, E, NetworkServices>): Promise<A> => runtime.runPromise(effect)
  const jobs = jobQueries(readDb)
  return {
    giveFeedback: (given) => run(giveFeedback(given)),
    generations: {
      ownerOf: (jobId) => run(Effect.map(loadJob(jobId), (state) => ("submitted" in state ? state.submitted.namespaceId : null))),
      find: async (jobId) => {
        const row = await jobs.find(jobId)
        return row === null ? null : { job: row, story: await jobs.timeline(jobId) }
      },
      feedback: (jobId) => run(loadFeedback(jobId)),
      comment: (of) => run(feedbackComment(of)),
    },
  }
}

const loadJob = (jobId: JobId) => Effect.flatMap(Commands, ({ load }) => load(job, jobId))
