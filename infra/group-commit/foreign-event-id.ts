import type { Commit } from "#commands/ports/event-store.ts"

/** One command id was used on two streams: a defect of the caller. */
export class ForeignEventId extends Error {
  constructor({ stream, events }: Commit) {
    super(`event id ${events[0]?.id} of ${stream} is taken by another stream`)
  }
}
