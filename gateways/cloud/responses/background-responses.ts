import { Option, Schema } from "effect"
import { newRequestId } from "#commands/ids.ts"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import type { KnownRequest } from "#domain/request/index.ts"
import type { Caller } from "../../http/authenticate.ts"
import { ErrorResponse } from "../../http/error-response.ts"
import type { Call } from "../../http/routes.ts"
import { canonicalOf } from "../idempotency/asked.ts"
import { ownCall } from "../idempotency/own-call.ts"
import type { RequestService } from "../requests/request-service.ts"
import { cancelKnown } from "../requests/requests-routes.ts"
import { type ResponseOrder, readResponseRequest } from "./read-response-request.ts"
import { ResponseBody } from "./response-body.ts"
import { createdAt, RESPONSE_ID_HEADER, requestOfResponse, responseOfRequest } from "./response-ids.ts"

export type BackgroundDeps = Pick<RequestService, "source" | "acceptLater">

/** A response that is made without a client, as it stands. */
export interface Pending {
  readonly responseId: string
  readonly order: ResponseOrder
  readonly request: KnownRequest
  /** What it came to; null while it is under way, and where it is not kept any more. */
  readonly reply: string | null
}

export interface BackgroundResponses {
  /** Accepts it, on record: it is made also when this gateway is gone a moment later. */
  readonly begin: (call: Call<Caller>, order: ResponseOrder) => Promise<ResponseBody>
  /** Null for what is not there, of another namespace, or was waited for. */
  readonly find: (namespaceId: NamespaceId, responseId: string) => Promise<Pending | null>
  /** Of one that has ended well. */
  readonly jobOf: (namespaceId: NamespaceId, responseId: string) => Promise<JobId | null>
  /** What has ended stays as it is. */
  readonly cancel: (pending: Pending) => Promise<void>
}

const ENDPOINT = "POST /v1/responses"

export const backgroundResponses = ({ source, acceptLater }: BackgroundDeps): BackgroundResponses => {
  const { requests } = source

  const load = async (namespaceId: NamespaceId, responseId: string): Promise<KnownRequest | null> => {
    const requestId = requestOfResponse(responseId)
    if (requestId === null) return null
    const request = await requests.load(requestId)
    if (request.stage === "absent") return null
    const { accepted } = request
    return accepted.namespaceId === namespaceId && accepted.endpoint === ENDPOINT && accepted.mode === "polling" ? request : null
  }

  return {
    begin: async (call, order) => {
      const { namespaceId, keyId } = call.caller
      const requestId = newRequestId()
      const responseId = responseOfRequest(requestId)
      const own = ownCall(call.request)
      await acceptLater({
        requestId, namespaceId, keyId, endpoint: ENDPOINT, mode: "polling", priority: "normal", model: order.models.names[0],
        canonical: canonicalOf(call), call: { ...own, headers: { ...own.headers, [RESPONSE_ID_HEADER]: responseId } },
      })
      return pendingBody({ responseId, order }, { status: "queued", error: null })
    },
    find: async (namespaceId, responseId) => {
      const request = await load(namespaceId, responseId)
      const call = request === null ? null : await requests.call(request.accepted)
      if (request === null || call?.headers[RESPONSE_ID_HEADER] !== responseId) return null
      const reply = request.stage === "finished" ? await requests.reply({ ...request.accepted, generation: request.generation }) : null
      return { responseId, request, order: readResponseRequest(JSON.parse(call.body)), reply: reply?.body ?? null }
    },
    jobOf: async (namespaceId, responseId) => {
      const request = await load(namespaceId, responseId)
      return request?.stage === "finished" ? (request.finished.jobIds[0] ?? null) : null
    },
    cancel: async ({ request }) => {
      if (request.stage === "waiting" || request.stage === "running") await cancelKnown(source, request)
    },
  }
}

/** A response that has no answer: not yet, or never. */
export const bodyOfPending = (pending: Pending): ResponseBody => {
  switch (pending.request.stage) {
    case "waiting":
      return pendingBody(pending, { status: "queued", error: null })
    case "running":
      return pendingBody(pending, { status: "in_progress", error: null })
    case "cancelled":
      return pendingBody(pending, { status: "cancelled", error: null })
    case "expired":
      return pendingBody(pending, failedWith("There was no answer within its time."))
    case "finished":
    case "dropped":
      return Option.getOrElse(decodeBody(pending.reply), () => pendingBody(pending, failedWith(messageOf(pending.reply))))
  }
}

const decodeError = Schema.decodeUnknownOption(Schema.fromJsonString(ErrorResponse))
const decodeBody = Schema.decodeUnknownOption(Schema.fromJsonString(ResponseBody))

const messageOf = (body: string | null): string => Option.match(decodeError(body), { onNone: () => "The request failed.", onSome: ({ error }) => error.message })

const failedWith = (message: string) => ({ status: "failed" as const, error: { code: "server_error" as const, message } })

const pendingBody = ({ responseId, order }: Pick<Pending, "responseId" | "order">, end: Pick<ResponseBody, "status" | "error">): ResponseBody => ({
  id: responseId, object: "response", created_at: createdAt(responseId), completed_at: null, model: order.models.names[0], output: [],
  incomplete_details: null, ...end, ...order.settings,
})
