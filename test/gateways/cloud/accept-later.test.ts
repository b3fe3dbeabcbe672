import { expect, it } from "vitest"
import { newGatewayId, newRequestId } from "#commands/ids.ts"
import { acceptLater } from "#gateways/cloud/requests/accept-later.ts"
import type { Runner } from "#gateways/cloud/requests/runner.ts"
import { memoryRequests } from "#test/support/memory-requests.ts"
import { GOOD_RECORD } from "./fake-network.ts"

it("a gateway that dies as soon as a request is on record leaves one that another gateway can run", async () => {
  const { port } = memoryRequests()
  const place = { requestId: newRequestId(), namespaceId: GOOD_RECORD.namespaceId }
  const call = { path: "/v1/chat/completions", headers: {}, body: "{}" }
  const later = {
    ...place, keyId: GOOD_RECORD.keyId, endpoint: "POST /v1/chat/completions", mode: "polling", priority: "normal", model: null, canonical: "{}", call,
  } as const
  const dying = {
    ...port,
    accept: async (request: Parameters<typeof port.accept>[0]) => {
      await port.accept(request)
      throw new Error("killed")
    },
  }
  const runner = { hasRoom: false, run: () => {} } as unknown as Runner
  await expect(acceptLater(later, { gatewayId: newGatewayId(), requests: dying, runner })).rejects.toThrow("killed")
  expect(await port.load(place.requestId)).toMatchObject({ stage: "waiting" })
  expect(await port.call(place)).toEqual(call)
})
