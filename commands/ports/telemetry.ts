import { Context } from "effect"

export interface TelemetryShape {
  /**
   * Notes that something was seen. Never throws and never waits: records are buffered up to a limit, gathered and sent behind the caller;
   * what cannot be kept is dropped and counted (`telemetry_dropped_total`). `kind` is one word, `data` is JSON.
   */
  readonly publish: (kind: string, data: unknown) => void
}

/** The second log: heartbeats, progress, measurements. Kept for days, decides nothing, and may have gaps. */
export class Telemetry extends Context.Service<Telemetry, TelemetryShape>()("commands/Telemetry") {}
