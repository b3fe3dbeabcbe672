import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { request, type RequestCommand } from "#domain/request/index.ts"
import { GATEWAY, OTHER_GATEWAY } from "#test/support/arbitrary-ids.ts"
import { acceptRequest, arbitraryRequestCommand, EXPIRES_AT, finishRequest, REQUEST } from "#test/support/arbitrary-request-script.ts"
import { playByTheLaws } from "#test/support/decider-laws.ts"
import { scenario } from "#test/support/scenario.ts"

const none = scenario(request)
const running = none.after(acceptRequest)
const about = { requestId: REQUEST, at: 2 } as const
const takeOver = (replaces: number | null): RequestCommand => ({ type: "StartRequest", ...about, gatewayId: OTHER_GATEWAY, replaces })
const repeat = { ...acceptRequest, startWith: OTHER_GATEWAY, at: 2, expiresAt: 6 } as const
const drop: RequestCommand = { type: "DropRequest", ...about, generation: 1, code: "no_node_available" }
const giveBack: RequestCommand = { type: "ReturnRequest", ...about, generation: 1 }
const cancel: RequestCommand = { type: "CancelRequest", ...about, reason: "client_disconnected" }

describe("a request under a key", () => {
  it("is begun by the gateway that was first", () => {
    none.when(acceptRequest).gives({ type: "RequestAccepted" }, { type: "RequestStarted", data: { generation: 1, gatewayId: GATEWAY } })
    running.when(repeat).changesNothing()
  })

  it("is not another request", () => {
    running.when({ ...repeat, digest: "d2" }).rejects({ _tag: "RequestMismatch", requestId: REQUEST })
    running.when({ ...repeat, endpoint: "POST /v1/embeddings" }).rejects({ _tag: "RequestMismatch", requestId: REQUEST })
    running.after(finishRequest).when({ ...repeat, digest: "d2" }).rejects({ _tag: "RequestMismatch", requestId: REQUEST })
  })

  it("is done once: what is kept is not begun again before its time is over", () => {
    running.after(finishRequest).when(repeat).changesNothing()
    running.after(cancel).when(repeat).changesNothing()
    running.after(finishRequest).when({ ...repeat, at: EXPIRES_AT }).gives({ type: "RequestAccepted" }, { type: "RequestStarted", data: { generation: 2 } })
  })

  it("may say something else when nothing was kept", () => {
    running.after(drop).when({ ...repeat, digest: "d2" }).gives({ type: "RequestAccepted", data: { digest: "d2" } }, { type: "RequestStarted", data: { generation: 2 } })
  })
})

describe("a gateway that works on a request", () => {
  it("keeps it from every other one, until it is lost", () => {
    running.when(takeOver(null)).rejects({ _tag: "RequestTaken", requestId: REQUEST, gatewayId: GATEWAY, generation: 1 })
    running.when(takeOver(1)).gives({ type: "RequestStarted", data: { generation: 2, gatewayId: OTHER_GATEWAY } })
  })

  it("is replaced by one of those that believe it lost", () => {
    running.after(takeOver(1)).when({ ...takeOver(1), gatewayId: GATEWAY } as RequestCommand)
      .rejects({ _tag: "RequestTaken", requestId: REQUEST, gatewayId: OTHER_GATEWAY, generation: 2 })
  })

  it("has nothing more to say once it was replaced", () => {
    const replaced = running.after(takeOver(1))
    for (const late of [finishRequest, drop, giveBack]) {
      replaced.when(late).rejects({ _tag: "StaleGeneration", requestId: REQUEST, generation: 1, current: 2 })
    }
  })

  it("can give it back for another one to take", () => {
    running.after(giveBack).when(takeOver(null)).gives({ type: "RequestStarted", data: { generation: 2 } })
  })

  it("does not finish what was cancelled", () => {
    running.after(cancel).when(finishRequest).rejects({ _tag: "RequestOver", requestId: REQUEST, stage: "cancelled" })
  })
})

describe("a request's time", () => {
  const expire = (at: number): RequestCommand => ({ type: "ExpireRequest", requestId: REQUEST, at })

  it("ends it when it has no answer by then", () => {
    running.when(expire(EXPIRES_AT - 1)).rejects({ _tag: "RequestInTime", requestId: REQUEST, expiresAt: EXPIRES_AT })
    running.when(expire(EXPIRES_AT)).gives({ type: "RequestExpired" })
    running.after(finishRequest).when(expire(EXPIRES_AT)).rejects({ _tag: "RequestOver", requestId: REQUEST, stage: "finished" })
  })
})

it("no script of commands breaks a law, and two gateways never finish one generation each of the same acceptance", () => {
  fc.assert(
    fc.property(fc.array(arbitraryRequestCommand, { maxLength: 24 }), (script) => {
      const { events } = playByTheLaws(request, script)
      let finished = false
      let generation = 0
      for (const { type, data } of events) {
        if (type === "RequestAccepted") finished = false
        if (type === "RequestStarted") {
          expect(finished).toBe(false)
          expect(data.generation).toBe(generation + 1)
          generation = data.generation
        }
        if (type !== "RequestFinished") continue
        expect(finished).toBe(false)
        expect(data.generation).toBe(generation)
        finished = true
      }
    }),
    { numRuns: 2_000 },
  )
})
