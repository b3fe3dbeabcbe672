import { Schema } from "effect"
import { JobStillOpen, UnknownJob } from "#commands/content/erase-content.ts"
import { JobId, type NamespaceId } from "#domain/kernel/ids.ts"
import type { ErasureView } from "#projections/content/query.ts"
import { ApiError, unavailable } from "../../http/api-error.ts"
import { countParameter, queryParameters } from "../../http/query-parameters.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { ownNamespace, thingNotFound, type VisibleNamespaces } from "../own-namespace.ts"

export interface ContentDeps {
  readonly visible: VisibleNamespaces
  /** Rejects with `UnknownJob` or `JobStillOpen`, and otherwise when it could not be said to be done. */
  readonly erase: (request: { readonly namespaceId: NamespaceId; readonly jobId: JobId | null; readonly reason: string }) => Promise<{ readonly erasureId: string; readonly at: number }>
  readonly erasures: (namespaceId: string, limit: number) => Promise<readonly ErasureView[]>
}

const Erasure = Schema.Struct({
  object: Schema.Literal("content.erasure"),
  id: Schema.String,
  namespace: Schema.String,
  /** Null: everything of the namespace. */
  job: Schema.NullOr(Schema.String),
  /** Seconds since 1970. */
  requested_at: Schema.NullOr(Schema.Int),
  /** Null: not yet. It is requested for good, and will be done. */
  erased_at: Schema.NullOr(Schema.Int),
}).annotate({ identifier: "ContentErasure" })

const Erasures = Schema.Struct({ object: Schema.Literal("list"), data: Schema.Array(Erasure) }).annotate({ identifier: "ContentErasureList" })

const seconds = (ms: number): number => Math.floor(ms / 1_000)
const LIST = { least: 1, most: 1_000, fallback: 100 }
const PATH = "/v1/namespaces/{namespace}/content"

/** Prompts and answers of an account: erased for good when asked. */
export const contentRoutes = ({ visible, erase, erasures }: ContentDeps): readonly KeyedRoute[] => {
  const answer = async (namespaceId: NamespaceId, jobId: JobId | null, keyId: string): Promise<typeof Erasure.Type> => {
    const { erasureId, at } = await erase({ namespaceId, jobId, reason: `asked for with key ${keyId}` }).catch((failure: unknown) => {
      throw eraseError(failure)
    })
    return { object: "content.erasure", id: erasureId, namespace: namespaceId, job: jobId, requested_at: seconds(at), erased_at: seconds(at) }
  }
  return [
    {
      method: "DELETE", path: PATH, operationId: "eraseNamespaceContent", access: "manage", requestLimit: "counted",
      summary: "Erases all prompts and answers of a namespace.",
      description: "Destroys the namespace's data key: what was encrypted under it can never be read again, in backups either. What comes later is kept under a new key.",
      answers: { 200: json(Erasure, "It is done.") },
      problems: { 404: "No such namespace." },
      handle: async ({ caller, param }) => answer(await ownNamespace(visible, caller, param("namespace")), null, caller.keyId),
    },
    {
      method: "DELETE", path: `${PATH}/{job}`, operationId: "eraseJobContent", access: "manage", requestLimit: "counted",
      summary: "Erases what one job was asked and answered.",
      answers: { 200: json(Erasure, "It is done.") },
      problems: { 404: "No such namespace, or no such job in it.", 409: "The job has not ended yet." },
      handle: async ({ caller, param }) => {
        const namespaceId = await ownNamespace(visible, caller, param("namespace"))
        const jobId = param("job")
        if (!Schema.is(JobId)(jobId)) throw thingNotFound("job")
        return answer(namespaceId, jobId, caller.keyId)
      },
    },
    {
      method: "GET", path: `${PATH}/erasures`, operationId: "listContentErasures", access: "manage", requestLimit: "counted",
      summary: "What was erased of a namespace, newest first.",
      parameters: [{ in: "query", name: "limit", description: "At most so many; 100 without it." }],
      answers: { 200: json(Erasures, "Erasures.") },
      problems: { 404: "No such namespace." },
      handle: async ({ request, caller, param }) => {
        const limit = countParameter(queryParameters(request, ["limit"]), "limit", LIST)
        const all = await erasures(await ownNamespace(visible, caller, param("namespace")), limit)
        return { object: "list", data: all.map(erasureBody) }
      },
    },
  ]
}

const erasureBody = ({ erasureId, namespaceId, jobId, requestedAt, erasedAt }: ErasureView): typeof Erasure.Type => ({
  object: "content.erasure", id: erasureId, namespace: namespaceId, job: jobId,
  requested_at: seconds(requestedAt), erased_at: erasedAt === null ? null : seconds(erasedAt),
})

const eraseError = (failure: unknown): unknown => {
  if (failure instanceof UnknownJob) return thingNotFound("job")
  if (failure instanceof JobStillOpen) {
    const message = "The job has not ended: cancel it, or wait for its end, and ask again."
    return new ApiError({ status: 409, type: "invalid_request_error", code: "job_still_open", message, headers: { "x-should-retry": "false" } })
  }
  const isOurs = typeof failure === "object" && failure !== null && "_tag" in failure
  return isOurs ? unavailable("erasure_unavailable", "The erasure could not be confirmed. If it was requested it will be done; ask again.") : failure
}
