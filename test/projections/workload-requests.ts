import { feedback } from "#domain/feedback/index.ts"
import { type NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { request } from "#domain/request/index.ts"
import { GATEWAY, jobAt, keyAt, STEP_MS, uuid, type World } from "./workload-world.ts"

/** Few ids, so that requests are repeated, taken over, and finished too late. */
export const askAgain = (world: World, namespaceId: NamespaceId, at: number): void => {
  const requestId = RequestId.make(`req_${uuid(at % 3)}`)
  const place = { requestId, at }
  world.run(request, requestId, {
    type: "AcceptRequest", ...place, namespaceId, keyId: keyAt(at % 2), endpoint: "POST /v1/embeddings", mode: at % 2 === 0 ? "attached" : "polling",
    priority: "normal", model: at % 4 === 0 ? null : "tiny", digest: "same", bytes: 9, expiresAt: at + 2 * STEP_MS, startWith: at % 3 === 0 ? null : GATEWAY,
  })
  const generation = 1 + (at % 3)
  if (at % 7 === 0) world.run(request, requestId, { type: "StartRequest", ...place, gatewayId: GATEWAY, replaces: generation })
  if (at % 5 === 0) world.run(request, requestId, { type: "ReturnRequest", ...place, generation })
  if (at % 5 === 1) world.run(request, requestId, { type: "DropRequest", ...place, generation, code: "no_node_available" })
  if (at % 5 === 2) {
    const reply = { outcome: at % 2 === 0 ? "completed" : "failed", status: 200, jobIds: [jobAt(1)], digest: "reply", bytes: 99 } as const
    world.run(request, requestId, { type: "FinishRequest", ...place, generation, ...reply })
  }
  if (at % 5 === 3) world.run(request, requestId, { type: "CancelRequest", ...place, reason: "client_disconnected" })
  if (at % 5 === 4) world.run(request, requestId, { type: "ExpireRequest", ...place })
}

export const rate = (world: World, namespaceId: NamespaceId, at: number): void => {
  const comment = at % 2 === 0 ? null : { digest: "said", bytes: 4 }
  world.run(feedback, jobAt(1), {
    type: "GiveFeedback", jobId: jobAt(1), namespaceId, keyId: keyAt(at % 2), rating: at % 3 === 0 ? "down" : "up", category: at % 4 === 0 ? "speed" : null,
    flagged: at % 5 === 0, comment, at,
  })
}
