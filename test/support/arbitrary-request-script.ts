import fc from "fast-check"
import { RequestId } from "#domain/kernel/ids.ts"
import type { AcceptRequest, FinishRequest, RequestCommand } from "#domain/request/index.ts"
import { GATEWAY, JOB_A, KEY, NAMESPACE, OTHER_GATEWAY } from "./arbitrary-ids.ts"

export const REQUEST = RequestId.make("req_00000000-0000-7000-8000-000000000001")
/** Times of a script are below 6. */
export const EXPIRES_AT = 5

export const acceptRequest: AcceptRequest = {
  type: "AcceptRequest", requestId: REQUEST, namespaceId: NAMESPACE, keyId: KEY, endpoint: "POST /v1/chat/completions", mode: "attached",
  priority: "normal", model: "m", digest: "d1", bytes: 1, at: 1, expiresAt: EXPIRES_AT, startWith: GATEWAY,
}
export const finishRequest: FinishRequest = {
  type: "FinishRequest", requestId: REQUEST, generation: 1, outcome: "completed", status: 200, jobIds: [JOB_A], digest: "r1", bytes: 2, at: 2,
}

const at = fc.integer({ min: 1, max: 6 })
const generation = fc.integer({ min: 1, max: 3 })
const gatewayId = fc.constantFrom(GATEWAY, OTHER_GATEWAY)
const requestId = fc.constant(REQUEST)

/** Commands of several gateways that meet on one request. */
export const arbitraryRequestCommand: fc.Arbitrary<RequestCommand> = fc.oneof(
  fc.record({ at, digest: fc.constantFrom("d1", "d2"), startWith: fc.option(gatewayId) })
    .map((some) => ({ ...acceptRequest, ...some, expiresAt: some.at + 3 })),
  fc.record({ type: fc.constant("StartRequest" as const), requestId, gatewayId, replaces: fc.option(generation), at }),
  fc.record({ type: fc.constant("ReturnRequest" as const), requestId, generation, at }),
  fc.record({ type: fc.constant("DropRequest" as const), requestId, generation, code: fc.constant("no_node"), at }),
  fc.record({ generation, at }).map((some) => ({ ...finishRequest, ...some })),
  fc.record({ type: fc.constant("CancelRequest" as const), requestId, reason: fc.constant("client"), at }),
  fc.record({ type: fc.constant("ExpireRequest" as const), requestId, at }),
)
