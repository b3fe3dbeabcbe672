import { Effect } from "effect"
import type { FileDeps } from "#gateways/cloud/files/file-deps.ts"
import { watchPositions } from "#projections/await-position.ts"
import { batchesProjection } from "#projections/batches/project.ts"
import { batchQueries } from "#projections/batches/query.ts"
import { filesProjection } from "#projections/files/project.ts"
import { fileQueries } from "#projections/files/query.ts"
import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { readModelDb } from "../postgres/read-models.ts"
import type { Platform } from "./platform.ts"

/** Projections take 200 ms at most; a client does not wait much longer to read its own write. */
const SETTLE_MS = 2_000
const MIB = 1024 * 1024

/** What files need, of a process of the platform. */
export const fileDeps = ({ adapters, runtime, readDb, pool, config }: Platform): Omit<FileDeps, "now"> => {
  const watch = watchPositions(postgresSink(readModelDb(pool), LIVE_SCHEMA), [filesProjection, batchesProjection])
  return {
    run: (use) => runtime.runPromise(use),
    settled: (position) =>
      Effect.runPromise(
        watch.awaitPosition(position, { timeoutMs: SETTLE_MS }).pipe(
          Effect.catch(() => Effect.sync(() => adapters.counters.increment("files_read_own_write_late_total"))),
        ),
      ),
    files: fileQueries(readDb),
    isInput: batchQueries(readDb).isInput,
    maxFileBytes: config.maxFileMib * MIB,
  }
}
