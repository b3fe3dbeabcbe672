import { Deferred, Effect } from "effect"
import type { Lease, LeasesShape } from "#commands/ports/leases.ts"

interface Name {
  fence: number
  held: boolean
  /** First come, first served. */
  readonly waiting: Deferred.Deferred<void>[]
}

/** Leases among the parts of one process: the ttl never runs out, since whoever could take over stops with the holder. */
export const memoryLeases = (): LeasesShape => {
  const names = new Map<string, Name>()
  const find = (name: string): Name => {
    const known = names.get(name) ?? { fence: 0, held: false, waiting: [] }
    names.set(name, known)
    return known
  }
  const give = (name: Name): void => {
    name.held = false
    const next = name.waiting.shift()
    if (next !== undefined) Deferred.doneUnsafe(next, Effect.void)
  }
  return {
    acquire: (wanted) =>
      Effect.map(Effect.acquireRelease(take(find(wanted)), ({ end }) => Effect.sync(end), { interruptible: true }), ({ lease }) => lease),
  }

  function take(name: Name): Effect.Effect<{ readonly lease: Lease; readonly end: () => void }> {
    return Effect.gen(function* () {
      while (name.held) {
        const turn = Deferred.makeUnsafe<void>()
        name.waiting.push(turn)
        yield* Deferred.await(turn).pipe(Effect.onInterrupt(() => Effect.sync(() => leave(name, turn))))
      }
      name.held = true
      name.fence += 1
      let held = true
      const end = (): void => {
        held = false
        give(name)
      }
      return { lease: { fence: name.fence, lost: Effect.never, stillHeld: () => held }, end }
    })
  }

  /** A turn that was already given goes to the next. */
  function leave(name: Name, turn: Deferred.Deferred<void>): void {
    const place = name.waiting.indexOf(turn)
    if (place >= 0) name.waiting.splice(place, 1)
    else if (!name.held) give(name)
  }
}
