import type { Effect } from "effect"
import type { ContentStore } from "#commands/ports/content-store.ts"
import type { Commands } from "#commands/handle.ts"
import { acceptRequest } from "#commands/request/accept-request.ts"
import { cancelRequest, expireRequest, loadRequest } from "#commands/request/end-request.ts"
import { keepCall, keptCall, keptReply } from "#commands/request/kept-reply.ts"
import { dropRequest, finishRequest, returnRequest, startRequest } from "#commands/request/run-request.ts"
import type { Requests } from "#gateways/ports/requests.ts"

/** Runs a use case with what it needs. */
export type RunRequest = <A, E>(effect: Effect.Effect<A, E, Commands | ContentStore>) => Promise<A>

/** The use cases of a request whose answer is kept, bound to what they need. */
export const requestUseCases = (run: RunRequest): Omit<Requests, "gatewayAlive" | "open"> => ({
  accept: (request) => run(acceptRequest(request)),
  load: (requestId) => run(loadRequest(requestId)),
  start: (start) => run(startRequest(start)),
  giveBack: (undone) => run(returnRequest(undone)),
  drop: (nothing) => run(dropRequest(nothing)),
  finish: (finished) => run(finishRequest(finished)),
  cancel: (cancelled) => run(cancelRequest(cancelled)),
  expire: (requestId) => run(expireRequest(requestId)),
  reply: (place) => run(keptReply(place)),
  keepCall: (place, call) => run(keepCall(place, call)),
  call: (place) => run(keptCall(place)),
})
