import { NO_STREAM } from "#domain/kernel/envelope.ts"
import type { Commit } from "#commands/ports/event-store.ts"

export const MAX_COMMIT_EVENTS = 1_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Throws on a commit that no caller may send; it would otherwise take the commits that share its batch down with it. */
export const checkCommit = ({ stream, expectedRevision, events }: Commit): void => {
  if (!/^[^-\0]+-[^\0]+$/.test(stream)) throw new Error(`${JSON.stringify(stream)} is not a stream name`)
  if (!Number.isInteger(expectedRevision) || expectedRevision < NO_STREAM) throw new Error(`${expectedRevision} is not a revision`)
  if (events.length === 0 || events.length > MAX_COMMIT_EVENTS) throw new Error(`a commit has 1 to ${MAX_COMMIT_EVENTS} events`)
  for (const { id } of events) if (!UUID.test(id)) throw new Error(`event id ${id} is not a lower-case UUID`)
  if (new Set(events.map(({ id }) => id)).size < events.length) throw new Error("an event id occurs twice in one commit")
}
