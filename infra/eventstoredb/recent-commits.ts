import type { Appended, Commit } from "#commands/ports/event-store.ts"

const REMEMBERED_COMMITS = 10_000

/** One command id was used on two streams: a defect of the caller. */
export class ForeignEventId extends Error {
  constructor({ stream, events }: Commit) {
    super(`event id ${events[0]?.id} of ${stream} is taken by another stream`)
  }
}

interface Placed {
  readonly stream: string
  readonly size: number
  readonly appended: Appended
}

/**
 * Where this process's latest commits went. EventStoreDB compares event ids only with what lies at the expected revision: it would take a
 * commit a second time in another stream, or at a later revision. Across processes nothing notices that.
 */
export class RecentCommits {
  readonly #placed = new Map<string, Placed>()

  remember({ stream, events }: Commit, appended: Appended): void {
    const oldest = this.#placed.keys().next()
    if (this.#placed.size >= REMEMBERED_COMMITS && oldest.done !== true) this.#placed.delete(oldest.value)
    this.#placed.set(events[0]?.id ?? "", { stream, size: events.length, appended })
  }

  /** Its place if it was appended already, `undefined` if that is not known; throws if another stream has it. */
  placeOf(commit: Commit): Appended | undefined {
    const placed = this.#placed.get(commit.events[0]?.id ?? "")
    if (placed === undefined) return undefined
    if (placed.stream !== commit.stream) throw new ForeignEventId(commit)
    return placed.size === commit.events.length ? placed.appended : undefined
  }
}
