import { Effect } from "effect"
import type { Commands } from "#commands/handle.ts"
import type { ContentStore } from "#commands/ports/content-store.ts"
import { asLeader } from "#commands/workflows/leader.ts"
import type { BatchDeps } from "#gateways/cloud/batches/batch-deps.ts"
import { batchQueries } from "#projections/batches/query.ts"
import { fileQueries } from "#projections/files/query.ts"
import { inBackground } from "./in-background.ts"
import type { Platform } from "./platform.ts"

/** What batches need, of a process of the platform. One of all gateways that run leads them. */
export const batchDeps = ({ runtime, readDb }: Pick<Platform, "runtime" | "readDb">): BatchDeps => ({
  batches: batchQueries(readDb),
  unfinishedFiles: fileQueries(readDb).unfinished,
  lead: (work) => {
    // Commands here are the leader's: they fail once it leads no more.
    const leading = Effect.flatMap(Effect.context<Commands | ContentStore>(), (context) =>
      Effect.promise((lost) => work({ lost, run: (use) => Effect.runPromise(Effect.provideContext(use, context)) })),
    )
    return inBackground(runtime, asLeader("batches", leading))
  },
})
