import { StreamNotFoundError } from "@eventstore/db-client"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { type LogConnection, nameOf } from "./log-connection.ts"
import { answeredWithin, ridingOut } from "./passing-failure.ts"
import { recordedEvent, type StoredEvent } from "./recorded-event.ts"

/** A server that is away for less than this is only slow to readers. */
export const READ_FOR_MS = 8_000
/** One page. Without it the client would wait without end for a server that holds the connection and says nothing. */
export const PAGE_MS = 5_000
const PAGE_EVENTS = 500

export interface Page {
  readonly stream: string
  readonly fromRevision: number
  readonly maxCount: number
}

interface Streaming extends AsyncIterable<{ readonly event?: StoredEvent }> {
  readonly cancel: () => Promise<void>
}

/** All events of one answer; ends the call if it takes too long. */
export const collect = async (reading: Streaming): Promise<readonly StoredEvent[]> => {
  const all = async (): Promise<readonly StoredEvent[]> => {
    const events: StoredEvent[] = []
    for await (const { event } of reading) if (event !== undefined) events.push(event)
    return events
  }
  try {
    return await answeredWithin(PAGE_MS, all())
  } catch (cause) {
    reading.cancel().catch(() => {})
    throw cause
  }
}

/** From the leader: what is decided on must be what was acknowledged. */
export const readPage = async (log: LogConnection, { stream, fromRevision, maxCount }: Page): Promise<readonly StoredEvent[]> => {
  const options = { fromRevision: BigInt(fromRevision), maxCount, requiresLeader: true }
  try {
    return await collect(log.client.readStream(nameOf(log.prefix, stream), options))
  } catch (cause) {
    if (cause instanceof StreamNotFoundError) return []
    throw cause
  }
}

export const readWholeStream = async (log: LogConnection, stream: string, fromRevision: number): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  for (let next = Math.max(fromRevision, 0); ; ) {
    const page = await ridingOut(READ_FOR_MS, () => readPage(log, { stream, fromRevision: next, maxCount: PAGE_EVENTS }))
    events.push(...page.map((event) => recordedEvent(log.prefix, event)))
    if (page.length < PAGE_EVENTS) return events
    next += page.length
  }
}
