import { Schema } from "effect"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import type { KeptResponses } from "../../ports/kept-responses.ts"
import { ResponseBody } from "./response-body.ts"
import { jobOfResponse, requestOfResponse } from "./response-ids.ts"
import { ResponseItem } from "./response-items.ts"

/** A response with the whole conversation that it answers: whoever goes on from it needs nothing else. */
const KeptResponse = Schema.Struct({
  response: ResponseBody,
  /** What it answers, oldest first. */
  items: Schema.Array(ResponseItem),
  /** How many of these, the last ones, its own request put in. */
  given: Schema.Int,
})
export type KeptResponse = typeof KeptResponse.Type

const kept = Schema.fromJsonString(KeptResponse)
const [encode, decode] = [Schema.encodeSync(kept), Schema.decodeUnknownSync(kept)]

/** Stores keep a content in one piece. What is larger is answered and cannot be retrieved. */
const MAX_KEPT_BYTES = 14 * 1024 * 1024

export interface ResponseArchive {
  /** False: it is not kept. */
  readonly keep: (place: { readonly namespaceId: NamespaceId; readonly jobId: JobId }, response: KeptResponse) => Promise<boolean>
  /** Null for what is not there, or of another namespace. */
  readonly find: (namespaceId: NamespaceId, responseId: string) => Promise<KeptResponse | null>
  readonly forget: (namespaceId: NamespaceId, responseId: string) => Promise<void>
}

export interface ArchiveDeps {
  readonly responses: KeptResponses
  readonly counters: CountersShape
  /** The job of a response that was made in the background; null where there is none. */
  readonly backgroundJob: (namespaceId: NamespaceId, responseId: string) => Promise<JobId | null>
}

export const responseArchive = ({ responses, counters, backgroundJob }: ArchiveDeps): ResponseArchive => {
  const find: ResponseArchive["find"] = async (namespaceId, responseId) => {
    const ownJob = jobOfResponse(responseId)
    if (ownJob === null) return null
    const awaited = await responses.find({ namespaceId, jobId: ownJob })
    if (awaited !== null) return decode(awaited)
    const jobId = await backgroundJob(namespaceId, responseId)
    const text = jobId === null ? null : await responses.find({ namespaceId, jobId })
    return text === null ? null : decode(text)
  }
  const tryToKeep = async (place: Parameters<ResponseArchive["keep"]>[0], one: KeptResponse): Promise<"kept" | "too_large" | "failed"> => {
    const text = encode(one)
    if (Buffer.byteLength(text) > MAX_KEPT_BYTES) return "too_large"
    return responses.keep({ ...place, text }).then(() => "kept" as const, () => "failed" as const)
  }
  return {
    find,
    keep: async (place, one) => {
      const how = await tryToKeep(place, one)
      counters.increment("cloud_responses_kept_total", how)
      return how === "kept"
    },
    forget: async (namespaceId, responseId) => {
      const ownerIds = [jobOfResponse(responseId), requestOfResponse(responseId), await backgroundJob(namespaceId, responseId)]
      for (const ownerId of ownerIds) if (ownerId !== null) await responses.forget({ namespaceId, ownerId })
      counters.increment("cloud_responses_deleted_total")
    },
  }
}
