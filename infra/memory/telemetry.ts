import type { TelemetryShape } from "#commands/ports/telemetry.ts"

export const MAX_RECENT = 1_000

export interface TelemetryRecord {
  readonly kind: string
  readonly at: number
  readonly data: unknown
}

/** The last records, for whoever looks while the process lives. */
export const memoryTelemetry = (): TelemetryShape & { readonly recent: () => readonly TelemetryRecord[] } => {
  const records: TelemetryRecord[] = []
  return {
    publish: (kind, data) => {
      records.push({ kind, at: Date.now(), data })
      if (records.length > MAX_RECENT) records.shift()
    },
    recent: () => records.slice(),
  }
}
