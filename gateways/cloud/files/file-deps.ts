import type { Effect } from "effect"
import type { Commands } from "#commands/handle.ts"
import type { ContentStore } from "#commands/ports/content-store.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import type { fileQueries } from "#projections/files/query.ts"

/** What files need of the network. */
export interface FileDeps {
  /** Rejects with the failure itself. */
  readonly run: <A, E>(use: Effect.Effect<A, E, Commands | ContentStore>) => Promise<A>
  /** Until the read models have what is at this position, and not for long: a client reads its own write. Never rejects. */
  readonly settled: (position: Position) => Promise<void>
  readonly files: Pick<ReturnType<typeof fileQueries>, "page">
  /** Whether a batch that has not ended reads the file. */
  readonly isInput: (fileId: string) => Promise<boolean>
  /** Of one file; a larger one is refused. */
  readonly maxFileBytes: number
  readonly now: () => number
}

export const seconds = (ms: number): number => Math.floor(ms / 1_000)
