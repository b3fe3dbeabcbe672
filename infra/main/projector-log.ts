import type { Logger } from "pino"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { ProjectorObserver } from "#projections/ports/projector-observer.ts"

/** The projector's news: counted for operators, alarms in the log. */
export const projectorLog = (counters: CountersShape, log: Logger): ProjectorObserver => ({
  unknownEvent: (type) => counters.increment("projection_unknown_event_total", type),
  stopped: ({ projection, at, reason }) => {
    counters.increment("projection_stopped_total", projection)
    log.error({ projection, position: at.toString() }, `this read model stopped: ${reason}; see \`resultity doctor\``)
  },
  refused: (projections) => counters.increment("projection_refused_total", projections.join(",")),
  retrying: (reason) => {
    counters.increment("projection_retry_total")
    log.warn(`the projector tries again: ${reason}`)
  },
  advanced: () => {},
})
