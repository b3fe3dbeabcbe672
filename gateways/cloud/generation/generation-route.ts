import type { JobId } from "#domain/kernel/ids.ts"
import { badRequest, unavailable } from "../../http/api-error.ts"
import { json, type Route } from "../../http/routes.ts"
import type { Generations, JobRecord } from "../../ports/generations.ts"
import type { Requests } from "../../ports/requests.ts"
import { feedbackOf } from "../feedback/feedback-of.ts"
import { answerNamed, unknownAnswer } from "./answer-ids.ts"
import { Generation, generationOf } from "./generation-body.ts"
import { generationJob } from "./generation-job.ts"

export interface GenerationDeps {
  readonly requests: Pick<Requests, "load">
  readonly generations: Generations
}

/** The record of an answer is complete a moment after it: settling and projecting it are behind the answer. */
const PATIENCE_MS = 3_000
const LOOK_AGAIN_MS = 40

/** `GET /v1/generation?id=`: what one answer took and cost. */
export const generationRoute = (deps: GenerationDeps): Route => ({
  method: "GET", path: "/v1/generation", operationId: "retrieveGeneration", access: "inference", requestLimit: "free",
  summary: "One answer's record: models, attempts and retries, tokens, price and cost, timings.",
  description:
    "Right after the answer it may take a moment, for the bill is made behind the answer. An answer with several choices has a job for each: ask by its " +
    "request, or by all that `x-resultity-job-id` says.",
  parameters: [
    { in: "query", name: "id", required: true, description: "Of the answer (`chatcmpl-…`), its request (`req_…`) or its jobs (`job_…`, separated by commas)." },
  ],
  answers: { 200: json(Generation, "The record.") },
  problems: { 400: "`id` is missing.", 404: "There is no such answer of this namespace." },
  handle: async ({ request, caller }) => {
    const id = idIn(request.query)
    const { jobIds, requestId } = await answerNamed(id, caller.namespaceId, deps)
    const [first, ...others] = await Promise.all(jobIds.map((jobId) => told(deps, jobId)))
    if (first === undefined) throw unknownAnswer(id)
    return generationOf(id, requestId, [first, ...others])
  },
})

const told = async ({ generations }: GenerationDeps, jobId: JobId) => {
  const [record, feedback] = await Promise.all([settled(generations, jobId), feedbackOf(generations, jobId)])
  return generationJob(record, feedback)
}

/** With its bill, unless that takes too long: then as it is. */
const settled = async ({ find }: Generations, jobId: JobId): Promise<JobRecord> => {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    const record = await find(jobId)
    const isLate = performance.now() > giveUpAt
    if (record !== null && (isLate || record.job.paidAt !== null)) return record
    if (isLate) throw unavailable("records_behind", "The record of this answer is not there yet. Please try again.")
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

const idIn = (query: unknown): string => {
  const id: unknown = typeof query === "object" && query !== null && "id" in query ? query.id : undefined
  if (typeof id === "string" && id !== "") return id
  throw badRequest({ code: "missing_required_parameter", param: "id", message: "Missing required parameter: 'id'." })
}
