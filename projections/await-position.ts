import { Data, Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import type { ProjectionSink, SinkUnavailable } from "./ports/projection-sink.ts"
import type { Projection } from "./projection.ts"

/** The read models did not come so far in time. `reached` is where the hindmost of them is. */
export class PositionNotReached extends Data.TaggedError("PositionNotReached")<{
  readonly position: Position
  readonly reached: Position
}> {}

export interface AwaitOptions {
  readonly timeoutMs: number
  /** Names of the projections to wait for; all of them when left out. */
  readonly projections?: readonly string[]
}

export interface PositionWatch {
  /** Completes once the projections have taken in everything up to `position`: a client reads its own write. */
  readonly awaitPosition: (
    position: Position,
    options: AwaitOptions,
  ) => Effect.Effect<void, PositionNotReached | SinkUnavailable>
  /** Tells what a projector of this process has reached (its observer's `advanced`); wakes who waits for it. */
  readonly advanced: (positions: ReadonlyMap<string, Position>) => void
}

/** How often the checkpoints are read while another process projects. */
const POLL_INTERVAL_MS = 25

export const watchPositions = (sink: ProjectionSink, projections: readonly Projection[]): PositionWatch => {
  const known = new Map<string, Position>()
  const waiting = new Set<() => void>()

  const advanced = (positions: ReadonlyMap<string, Position>): void => {
    for (const [name, position] of positions) known.set(name, position)
    for (const wake of waiting) wake()
  }
  const woken = Effect.callback<void>((resume) => {
    const wake = () => resume(Effect.void)
    waiting.add(wake)
    return Effect.sync(() => waiting.delete(wake))
  })
  const reached = (names: readonly string[]): Position =>
    names.map((name) => known.get(name) ?? 0n).reduce((a, b) => (a < b ? a : b))

  const follow = Effect.fnUntraced(function* (position: Position, names: readonly string[]) {
    while (reached(names) < position) {
      for (const [name, at] of yield* sink.positions(projections)) known.set(name, at)
      if (reached(names) >= position) return
      yield* Effect.raceFirst(woken, Effect.sleep(POLL_INTERVAL_MS))
    }
  })

  const awaitPosition: PositionWatch["awaitPosition"] = (position, options) => {
    const names = options.projections ?? projections.map(({ name }) => name)
    return follow(position, names).pipe(
      Effect.timeoutOrElse({
        duration: options.timeoutMs,
        orElse: () => Effect.fail(new PositionNotReached({ position, reached: reached(names) })),
      }),
    )
  }
  return { awaitPosition, advanced }
}
