import { Schema } from "effect"
import { JobId, type NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { ApiError } from "../../http/api-error.ts"
import type { Requests } from "../../ports/requests.ts"
import type { Generations } from "../../ports/generations.ts"

/** Jobs of one request at most. */
const MAX_IDS = 128
const PREFIX = /^(?:chatcmpl|cmpl|embd|resp)-?_?/

const isJobId = Schema.is(JobId)
const isRequestId = Schema.is(RequestId)

export interface NamedAnswer {
  readonly jobIds: readonly [JobId, ...JobId[]]
  readonly requestId: RequestId | null
}

export const unknownAnswer = (id: string) =>
  new ApiError({
    status: 404, type: "invalid_request_error", code: "generation_not_found", param: "id",
    message: `There is no answer '${id.slice(0, 80).toWellFormed()}' of this namespace.`,
  })

/**
 * The jobs behind the id of an answer (`chatcmpl-…`), of a request (`req_…`), of a job, or of several jobs separated by commas, as
 * `x-resultity-job-id` has them. Throws the 404, for what belongs to another namespace too.
 */
export const answerNamed = async (
  id: string,
  namespaceId: NamespaceId,
  deps: { readonly requests: Pick<Requests, "load">; readonly generations: Pick<Generations, "ownerOf"> },
): Promise<NamedAnswer> => {
  const { requests, generations } = deps
  if (isRequestId(id)) {
    const request = await requests.load(id)
    const isOwn = request.stage === "finished" && request.accepted.namespaceId === namespaceId
    const [first, ...others] = isOwn ? request.finished.jobIds : []
    if (first === undefined) throw unknownAnswer(id)
    return { jobIds: [first, ...others], requestId: id }
  }
  const named = id.split(",", MAX_IDS + 1).map((one) => one.trim().replace(PREFIX, "job_"))
  const [first, ...others] = named.filter(isJobId)
  if (first === undefined || others.length + 1 < named.length || named.length > MAX_IDS) throw unknownAnswer(id)
  const jobIds: NamedAnswer["jobIds"] = [first, ...others]
  const owners = await Promise.all(jobIds.map((jobId) => generations.ownerOf(jobId)))
  if (owners.some((owner) => owner !== namespaceId)) throw unknownAnswer(id)
  return { jobIds, requestId: null }
}
