/** How much is measured. A quick run shows that everything works; its figures are rough. */
export interface Plan {
  /** For each figure that is a rate. Long enough for hundreds of group commits, short enough for the whole suite in minutes. */
  readonly measureMs: number
  /** Rounds per contender where two take turns. */
  readonly rounds: number
  /** Requests per contender where single latencies are compared. */
  readonly requests: number
  /** Before anything is measured: a new process compiles its hot paths first. */
  readonly warmUpRequests: number
  /** Held open at the same time. */
  readonly openStreams: number
  readonly replayEvents: number
  /** In the log from which single aggregates are loaded. */
  readonly loadEvents: number
  /** Where the network process writes its CPU profile; null for none. */
  readonly profileDir: string | null
}

export const FULL = { measureMs: 3_000, rounds: 5, requests: 400, warmUpRequests: 4_000, openStreams: 1_000, replayEvents: 50_000, loadEvents: 100_000 } as const
export const QUICK = { measureMs: 500, rounds: 3, requests: 60, warmUpRequests: 400, openStreams: 100, replayEvents: 5_000, loadEvents: 5_000 } as const
