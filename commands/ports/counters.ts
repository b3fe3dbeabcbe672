import { Context } from "effect"

export interface CountersShape {
  /** Adds one to `name` (Prometheus style, `_total` at the end) under one optional reason label. */
  readonly increment: (name: string, reason?: string) => void
}

/** Counts for operators of the network: bad input, mismatches, retries. */
export class Counters extends Context.Service<Counters, CountersShape>()("commands/Counters") {}
