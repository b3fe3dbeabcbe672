import { Data, type Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import type { Projection } from "../projection.ts"
import type { Write } from "../writes.ts"

/** One projection's step over a batch of events: it was at `from`, these are the writes, it will be at `to`. */
export interface Step {
  readonly projection: Projection
  readonly from: Position
  readonly to: Position
  readonly writes: readonly Write[]
}

/** The checkpoint is not where the step starts: another projector went on. Nothing was written. */
export class CheckpointMoved extends Data.TaggedError("CheckpointMoved")<{ readonly names: readonly string[] }> {}

/** The tables cannot hold these writes, now or ever. Nothing was written. */
export class WritesRefused extends Data.TaggedError("WritesRefused")<{ readonly reason: string }> {}

/** The engine cannot be reached. The steps may or may not have been written; the checkpoint tells. */
export class SinkUnavailable extends Data.TaggedError("SinkUnavailable")<{ readonly reason: string }> {}

/** Where read models are kept. */
export interface ProjectionSink {
  /** Makes tables and checkpoints that are missing. Tables of another version of a projection are dropped: it starts again. */
  readonly install: (projections: readonly Projection[]) => Effect.Effect<void, SinkUnavailable>
  /** Positions by projection name; a projection that is not installed in its version is absent. */
  readonly positions: (
    projections: readonly Projection[],
  ) => Effect.Effect<ReadonlyMap<string, Position>, SinkUnavailable>
  /** All steps with their checkpoints, or nothing: each checkpoint moves only from the step's `from`. */
  readonly apply: (steps: readonly Step[]) => Effect.Effect<void, CheckpointMoved | WritesRefused | SinkUnavailable>
}
