import { Effect } from "effect"
import { hearGateways } from "#commands/workflows/gateway-beats.ts"
import type { GatewayId } from "#domain/kernel/ids.ts"
import type { RequestObject } from "#gateways/cloud/requests/request-object.ts"
import type { RequestDirectory } from "#gateways/ports/request-directory.ts"
import type { Requests } from "#gateways/ports/requests.ts"
import { requestQueries, type RequestView } from "#projections/requests/query.ts"
import { inBackground } from "./in-background.ts"
import type { NetworkServices } from "./network-layers.ts"
import type { Platform } from "./platform.ts"
import { requestUseCases } from "./request-use-cases.ts"

/** The use cases of requests whose answers are kept, with everything they need. Hears which gateways live until it is stopped. */
export const keptRequests = ({ runtime, readDb }: Pick<Platform, "runtime" | "readDb">) => {
  const run = <A, E>(effect: Effect.Effect<A, E, NetworkServices>): Promise<A> => runtime.runPromise(effect)
  let isAlive = (_gatewayId: GatewayId): boolean => true
  const hearing = inBackground(runtime, Effect.flatMap(hearGateways, (alive) => Effect.andThen(Effect.sync(() => (isAlive = alive)), Effect.never)))
  const queries = requestQueries(readDb)
  const requests: Requests = {
    ...requestUseCases(run),
    gatewayAlive: (gatewayId) => isAlive(gatewayId),
    open: queries.open,
  }
  const directory: RequestDirectory = { list: async (page) => (await queries.list(page)).map(toObject) }
  return { requests, directory, stop: hearing.stop }
}

const MS_PER_S = 1_000
const seconds = (ms: number): number => Math.floor(ms / MS_PER_S)
const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : seconds(ms))

const toObject = (request: RequestView): RequestObject => ({
  id: request.requestId, object: "request", request_id: request.requestId, status: request.status, endpoint: request.endpoint, model: request.model,
  created_at: seconds(request.acceptedAt), started_at: secondsOrNull(request.startedAt), ended_at: secondsOrNull(request.endedAt),
  expires_at: seconds(request.expiresAt), job_ids: request.jobIds, response_status: request.responseStatus, response: null, error: null,
})
