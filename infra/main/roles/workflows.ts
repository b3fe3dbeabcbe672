import { Effect } from "effect"
import { dispatch } from "#commands/workflows/dispatch.ts"
import { alertRounds } from "#commands/workflows/alerts.ts"
import { hearGateways } from "#commands/workflows/gateway-beats.ts"
import { asLeader } from "#commands/workflows/leader.ts"
import { closeLostSessions } from "#commands/workflows/lost-sessions.ts"
import { retention } from "#commands/workflows/retention.ts"
import { settlement } from "#commands/workflows/settlement.ts"
import { finishTransfers } from "#commands/workflows/transfers.ts"
import { webhookMessages } from "#commands/workflows/webhooks.ts"
import { watchdog } from "#commands/workflows/watchdog.ts"
import type { GatewayId } from "#domain/kernel/ids.ts"
import { holdsOpen, jobsWaiting } from "../../telemetry/platform-gauges.ts"
import { inBackground } from "../in-background.ts"
import type { Platform } from "../platform.ts"
import type { RunningRole } from "./role.ts"

/** Gives jobs to nodes. One of all that run is at work. */
export const startDispatcher = async ({ runtime, readDb, metrics }: Platform): Promise<RunningRole> => {
  metrics.gauge(jobsWaiting(readDb))
  return { url: null, ...inBackground(runtime, asLeader("dispatcher", untilStopped(dispatch))) }
}

/** Ends holds, pays operators, awards points. One of all that run is at work. */
export const startSettlement = async ({ runtime, readDb, metrics }: Platform): Promise<RunningRole> => {
  metrics.gauge(holdsOpen(readDb))
  return { url: null, ...inBackground(runtime, asLeader("settlement", untilStopped(settlement))) }
}

const untilStopped = <Failure, Needs>(listening: Effect.Effect<unknown, Failure, Needs>) =>
  Effect.scoped(Effect.andThen(listening, Effect.never))

/**
 * Looks for what is overdue, contents and transfers included. One of all that run is at work. `onlyGateway`: the one gateway there is, in this process, so that what an earlier one left open has no
 * client any more.
 */
export const startWatchdog = async ({ runtime }: Platform, onlyGateway: GatewayId | null): Promise<RunningRole> => {
  const watching = Effect.gen(function* () {
    const heard = yield* hearGateways
    const gatewayAlive = onlyGateway === null ? heard : (id: GatewayId) => id === onlyGateway
    return yield* watchdog({ gatewayAlive, aloneSince: onlyGateway === null ? null : Date.now() })
  })
  const leading = asLeader("watchdog", Effect.scoped(Effect.all([watching, closeLostSessions, finishTransfers, retention], { concurrency: 4 })))
  // A lease of its own: receivers are strangers, and what they do to this work must not reach the other.
  const telling = asLeader("webhooks", webhookMessages)
  const alerting = asLeader("alerts", alertRounds)
  return { url: null, ...inBackground(runtime, Effect.all([leading, telling, alerting], { concurrency: 3 })) }
}
