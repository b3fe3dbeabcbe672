import { Layer, ManagedRuntime } from "effect"
import { commandsLayer } from "#commands/handle.ts"
import { feedbackComment, giveFeedback, loadFeedback, type NewFeedback } from "#commands/feedback/give-feedback.ts"
import { ContentStore } from "#commands/ports/content-store.ts"
import { EventStore } from "#commands/ports/event-store.ts"
import { loadRequest } from "#commands/request/end-request.ts"
import type { GatewayId, JobId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { isOpen, type KnownRequest } from "#domain/request/index.ts"
import { requestObject, statusOf } from "#gateways/cloud/requests/request-object.ts"
import type { RequestDirectory } from "#gateways/ports/request-directory.ts"
import type { OpenRequestRef, Requests } from "#gateways/ports/requests.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { requestUseCases } from "#infra/main/request-use-cases.ts"
import { memoryLog } from "#infra/memory/event-log.ts"

/** Real commands on the in-process log and contents, for any number of gateways; of the read models a fake that is never behind. */
export const memoryRequests = () => {
  const log = memoryLog()
  const ports = Layer.mergeAll(Layer.succeed(EventStore, log.store), Layer.succeed(ContentStore, memoryContentStore()))
  const runtime = ManagedRuntime.make(Layer.provideMerge(commandsLayer({}), ports))
  const run = runtime.runPromise.bind(runtime)
  const lost = new Set<GatewayId>()
  const accepted = new Map<RequestId, NamespaceId>()
  const known = async (): Promise<readonly KnownRequest[]> => {
    const states = await Promise.all([...accepted.keys()].map((requestId) => run(loadRequest(requestId))))
    return states.flatMap((state) => (state.stage === "absent" ? [] : [state]))
  }

  const useCases = requestUseCases(run)
  const port: Requests = {
    ...useCases,
    accept: (request) => {
      accepted.set(request.requestId, request.namespaceId)
      return useCases.accept(request)
    },
    gatewayAlive: (gatewayId) => !lost.has(gatewayId),
    open: async () =>
      (await known()).filter(isOpen).map(({ accepted: data, generation, ...state }): OpenRequestRef => {
        const { requestId, namespaceId, at, expiresAt, mode } = data
        const gatewayId = state.stage === "running" ? state.gatewayId : null
        return { requestId, namespaceId, generation, gatewayId, isAttached: mode === "attached", acceptedAt: at, expiresAt }
      }),
  }
  const directory: RequestDirectory = {
    list: async ({ namespaceId, status, after, limit }) => {
      const own = (await known()).filter((one) => one.accepted.namespaceId === namespaceId && (status === null || statusOf(one) === status))
      const newestFirst = own.toReversed().map((one) => requestObject(one, null))
      const from = after === null ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1
      return newestFirst.slice(from, from + limit)
    },
  }
  const feedback = {
    give: (given: NewFeedback) => run(giveFeedback(given)),
    of: (jobId: JobId) => run(loadFeedback(jobId)),
    comment: (of: Parameters<typeof feedbackComment>[0]) => run(feedbackComment(of)),
  }
  return { port, directory, lost, feedback }
}
