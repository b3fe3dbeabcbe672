import { Result, Schema } from "effect"
import type { NewFeedback } from "#commands/feedback/give-feedback.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { badRequest } from "../../http/api-error.ts"
import { json, type Route } from "../../http/routes.ts"
import { schemaProblem } from "../../http/schema-problem.ts"
import type { Generations } from "../../ports/generations.ts"
import type { Requests } from "../../ports/requests.ts"
import { answerNamed } from "../generation/answer-ids.ts"
import { FeedbackBody, FeedbackRequest } from "./feedback-body.ts"
import { feedbackOf } from "./feedback-of.ts"

export interface FeedbackDeps {
  readonly requests: Pick<Requests, "load">
  readonly generations: Generations
  readonly giveFeedback: (feedback: NewFeedback) => Promise<void>
  readonly counters: CountersShape
}

const decode = Schema.decodeUnknownResult(FeedbackRequest)

/** `POST /v1/feedback`: once per job and key; a second one replaces the first. */
export const feedbackRoute = (deps: FeedbackDeps): Route => ({
  method: "POST", path: "/v1/feedback", operationId: "giveFeedback", access: "inference", requestLimit: "counted",
  summary: "Says what an answer was worth.",
  description:
    "`id` is that of the answer, its request or its job; of an answer with several choices the first one is meant, the others have jobs of their own. The comment " +
    "is kept as prompts are, encrypted and for the namespace's retention.",
  body: { "application/json": FeedbackRequest },
  answers: { 200: json(FeedbackBody, "What is on record now.") },
  problems: { 404: "There is no such answer of this namespace." },
  handle: async ({ request, caller }) => {
    const { namespaceId, keyId } = caller
    const decoded = decode(request.body)
    if (Result.isFailure(decoded)) throw schemaProblem(decoded.failure.issue)
    const { id, rating, category = null, comment = null, flag } = decoded.success
    if (comment !== null && !comment.isWellFormed()) {
      throw badRequest({ code: "invalid_value", param: "comment", message: "Invalid value for 'comment': not well-formed Unicode text." })
    }
    const { jobIds: [jobId] } = await answerNamed(id, namespaceId, deps)
    await deps.giveFeedback({ jobId, namespaceId, keyId, rating, category, flagged: flag ?? false, comment })
    deps.counters.increment("cloud_feedback_total", rating)
    if (flag === true) deps.counters.increment("cloud_flagged_total")
    return (await feedbackOf(deps.generations, jobId)).find((one) => one.key_id === keyId)
  },
})
