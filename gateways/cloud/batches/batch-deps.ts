import type { Effect } from "effect"
import type { Commands } from "#commands/handle.ts"
import type { ContentStore } from "#commands/ports/content-store.ts"
import type { batchQueries } from "#projections/batches/query.ts"
import type { fileQueries } from "#projections/files/query.ts"

/** Rejects with the failure itself. */
export type Run = <A, E>(use: Effect.Effect<A, E, Commands | ContentStore>) => Promise<A>

/** What a gateway may do while it leads the batches: nothing of it succeeds once another one leads. */
export interface Leading {
  readonly run: Run
  /** Aborted when another gateway may lead. */
  readonly lost: AbortSignal
}

/** What batches need of the network. */
export interface BatchDeps {
  readonly batches: Pick<ReturnType<typeof batchQueries>, "page" | "open" | "isInput">
  readonly unfinishedFiles: ReturnType<typeof fileQueries>["unfinished"]
  /** Calls `work` whenever this gateway is the one of all that runs batches, until it is stopped; `work` ends when it is not any more. */
  readonly lead: (work: (leading: Leading) => Promise<void>) => { readonly stop: () => Promise<void> }
}
