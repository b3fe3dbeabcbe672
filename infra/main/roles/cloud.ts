import { Effect } from "effect"
import { cancelJob } from "#commands/job/cancel-job.ts"
import { confirmCompleted } from "#commands/job/confirm-completed.ts"
import { jobOutcome } from "#commands/job/job-outcome.ts"
import { keepAnswer } from "#commands/job/keep-answer.ts"
import { markProgress } from "#commands/job/mark-progress.ts"
import { submitTogether } from "#commands/job/submit-chat.ts"
import { forgetResponse, keepResponse, keptResponse } from "#commands/response/kept-response.ts"
import { beats } from "#commands/workflows/gateway-beats.ts"
import type { GatewayId } from "#domain/kernel/ids.ts"
import { cloudGateway, type CloudGatewayDeps } from "#gateways/cloud/cloud-gateway.ts"
import type { ChatJobs } from "#gateways/ports/chat-jobs.ts"
import type { KeptResponses } from "#gateways/ports/kept-responses.ts"
import { apiKeyQueries } from "#projections/api-keys/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import { usageQueries } from "#projections/usage/query.ts"
import { keyDigest } from "../../crypto/key-digest.ts"
import { loopback } from "../../loopback/loopback.ts"
import { requestLog } from "../../telemetry/request-log.ts"
import { batchDeps } from "../batch-deps.ts"
import { fileDeps } from "../file-deps.ts"
import { answerRecords } from "../answer-records.ts"
import { inBackground } from "../in-background.ts"
import { reachable } from "../reachable.ts"
import { keptRequests } from "../kept-requests.ts"
import { listenHttp } from "../listen-http.ts"
import type { NetworkServices } from "../network-layers.ts"
import type { Platform } from "../platform.ts"
import { type ListenOptions, type RunningRole, urlHost } from "./role.ts"

/** What another role serves where there is one. */
type OneForAll = Pick<CloudGatewayDeps, "manage">

/** The OpenAI-compatible API. Any number of them may run; each says that it lives, so that its jobs are not taken for lost. */
export const startCloud = async (platform: Platform, gatewayId: GatewayId, { host, port }: ListenOptions, more: OneForAll = {}): Promise<RunningRole> => {
  const { adapters, runtime, readDb, secrets, logger, metrics, tracing } = platform
  const { bus, presence, counters, environment } = adapters
  const context = await runtime.context()
  const bound = <A, E>(effect: Effect.Effect<A, E, NetworkServices>): Effect.Effect<A, E> => Effect.provideContext(effect, context)
  const jobs: ChatJobs = {
    submit: (together) => bound(submitTogether(together)),
    cancel: (job) => bound(cancelJob(job)),
    markProgress: (mark) => bound(markProgress(mark)),
    outcome: (jobId) => bound(jobOutcome(jobId)),
    confirmCompleted: (completed) => bound(confirmCompleted(completed)),
    keepAnswer: (answer) => bound(keepAnswer(answer)),
  }
  const responses: KeptResponses = {
    keep: (response) => Effect.runPromise(bound(keepResponse(response))),
    find: (place) => Effect.runPromise(bound(keptResponse(place))),
    forget: (owner) => Effect.runPromise(bound(forgetResponse(owner))),
  }
  const kept = keptRequests(platform)
  const app = cloudGateway({
    requests: kept.requests, requestDirectory: kept.directory, loopback, records: answerRecords(platform),
    gatewayId, environment, bus, presence, counters, jobs, responses, metrics, tracing,
    onAnswered: requestLog({ role: "cloud", logger, metrics }),
    onDefect: (error, requestId) => logger.error({ err: error, request_id: requestId }, "a request failed"),
    keys: adapters.cacheKeys(apiKeyQueries(readDb)),
    digest: keyDigest([secrets.keyPepper]),
    files: fileDeps(platform), batches: batchDeps(platform),
    usage: usageQueries(readDb),
    models: { known: nodeQueries(readDb).modelKnown },
    ...reachable(platform.config), ...more,
    limits: { rateLimit: adapters.rateLimit, places: adapters.places, perSecond: platform.config.keyRequestsPerSecond },
  })
  const beating = inBackground(runtime, beats(gatewayId))
  try {
    const taken = await listenHttp(app, { host, port })
    const stop = async (): Promise<void> => {
      await app.close()
      await kept.stop()
      await beating.stop()
    }
    return { url: `http://${urlHost(host)}:${taken}/v1`, stop }
  } catch (cause) {
    await kept.stop()
    await beating.stop()
    throw cause
  }
}
