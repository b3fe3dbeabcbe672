import { Effect, Schedule } from "effect"
import { alerts } from "#domain/alert/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { judge, type Verdict } from "#domain/policies/alerts.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"
import { AlertWatch } from "../ports/alert-watch.ts"
import { Counters } from "../ports/counters.ts"
import { Presence } from "../ports/presence.ts"

const INTERVAL = "30 seconds"
/** After the start: nodes that were there before must have time to say that they are. */
const FIRST_LOOK = "60 seconds"

/** Raises alerts and resolves them, by what the read models say. Losing a round costs time, repeating one changes nothing. */
export const alertRounds = Effect.suspend(() => alertRound).pipe(
  Effect.catchCause((cause) =>
    Effect.gen(function* () {
      const counters = yield* Counters
      counters.increment("alerts_failed_total")
      yield* Effect.logWarning("a round of alerts failed", cause)
    }),
  ),
  Effect.repeat(Schedule.spaced(INTERVAL)),
  Effect.delay(FIRST_LOOK),
)

/** One look. */
export const alertRound = Effect.gen(function* () {
  const watch = yield* AlertWatch
  const presence = yield* Presence
  const served = new Set(presence.online(Date.now()).flatMap(({ models }) => models.map(({ name }) => name)))
  for (const { namespaceId, ...signals } of yield* watch.signals(Date.now())) {
    const isOpen = ({ kind, subject }: Verdict): boolean => signals.open.some((one) => one.kind === kind && one.subject === subject)
    const due = judge({ ...signals, served }).filter((verdict) => verdict.says === (isOpen(verdict) ? "resolve" : "raise"))
    for (const verdict of due) yield* record(namespaceId, verdict)
  }
})

const record = Effect.fnUntraced(function* (namespaceId: NamespaceId, { kind, subject, says, value, threshold }: Verdict) {
  const { handle } = yield* Commands
  const counters = yield* Counters
  const about = { namespaceId, kind, subject, value, at: Date.now() }
  const alertId = `alert_${uuidV7()}`
  const command = says === "raise" ? ({ type: "RaiseAlert", ...about, alertId, threshold } as const) : ({ type: "ResolveAlert", ...about } as const)
  const { events } = yield* handle(alerts, namespaceId, command, { commandId: alertId, correlationId: namespaceId })
  if (events.length > 0) counters.increment(says === "raise" ? "alerts_raised_total" : "alerts_resolved_total", kind)
})
