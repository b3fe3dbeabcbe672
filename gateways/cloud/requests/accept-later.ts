import type { KeptCall, KeptReply } from "#commands/request/kept-reply.ts"
import type { GatewayId, KeyId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import type { KnownRequest, RequestMode, RequestPriority } from "#domain/request/index.ts"
import type { RequestPlace, Requests } from "../../ports/requests.ts"
import type { Runner } from "./runner.ts"

/** A request that nobody waits for. */
export interface LaterRequest {
  readonly requestId: RequestId
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  /** `POST /v1/chat/completions` */
  readonly endpoint: string
  readonly mode: Exclude<RequestMode, "attached">
  readonly priority: RequestPriority
  readonly model: string | null
  /** What a repeat under the same id has to be the same in. */
  readonly canonical: string
  /** To one of the gateway's own routes. */
  readonly call: KeptCall
}

export interface LaterDeps {
  readonly gatewayId: GatewayId
  readonly requests: Requests
  readonly runner: Runner
}

/**
 * Takes a request to be run by whichever gateway has room: what this says is true also when this gateway is gone a moment later. Mismatch: under
 * this id is another request.
 */
export const acceptLater = async (later: LaterRequest, { gatewayId, requests, runner }: LaterDeps): Promise<"accepted" | "known" | "mismatch"> => {
  const { call, ...request } = later
  // Before it is on record: dying in between leaves a call of no request, never a request that nobody can run.
  if ((await requests.load(later.requestId)).stage === "absent") await requests.keepCall(later, call)
  const accepted = await requests.accept({ ...request, startWith: runner.hasRoom ? gatewayId : null })
  if (accepted.type !== "accepted") return accepted.type
  // Once more, for one that came at the same moment under this id may have written over it, and was refused.
  await requests.keepCall(later, call)
  if (accepted.generation !== null) runner.run({ ...request, generation: accepted.generation })
  return "accepted"
}

export interface Outcome {
  readonly request: KnownRequest
  /** Null while there is none, and when it is not kept any more. */
  readonly reply: KeptReply | null
}

/** How it stands with a request, by the log; null where there is none in this namespace. */
export const outcomeOf = async ({ requestId, namespaceId }: RequestPlace, requests: Pick<Requests, "load" | "reply">): Promise<Outcome | null> => {
  const request = await requests.load(requestId)
  if (request.stage === "absent" || request.accepted.namespaceId !== namespaceId) return null
  const reply = request.stage === "finished" ? await requests.reply({ requestId, namespaceId, generation: request.generation }) : null
  return { request, reply }
}
