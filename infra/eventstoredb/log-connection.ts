import { type EventStoreDBClient, streamNameFilter } from "@eventstore/db-client"

/** The client, and which of the server's streams are ours. */
export interface LogConnection {
  readonly client: EventStoreDBClient
  readonly prefix: string
}

/** No `-`: EventStoreDB takes what is before the first one for the category. No `:`: it ends the prefix. No leading `$`: system streams. */
const PREFIX = /^[a-z0-9][a-z0-9_.]{0,62}$/

export const checkPrefix = (prefix: string): void => {
  if (!PREFIX.test(prefix)) throw new Error(`${JSON.stringify(prefix)} is not a stream prefix: a-z, 0-9, "_" and ".", at most 63 characters`)
}

/** What the names of this environment's streams begin with; `prod` must not match the streams of `prod2`. */
export const namesBegin = (prefix: string): string => `${prefix}:`

export const nameOf = (prefix: string, stream: string): string => `${namesBegin(prefix)}${stream}`

export const streamOf = (prefix: string, name: string): string => name.slice(namesBegin(prefix).length)

/** Events of foreign and system streams that the server looks at before it answers what it has. */
export const SEARCH_WINDOW_EVENTS = 1_000
/** Search windows between two checkpoints. We use none, so rarely. */
const CHECKPOINT_INTERVAL_WINDOWS = 100

/** Only this environment's streams. System streams begin with `$`, so the prefix leaves them out too. */
export const ourStreams = (prefix: string) =>
  streamNameFilter({
    prefixes: [namesBegin(prefix)],
    maxSearchWindow: SEARCH_WINDOW_EVENTS,
    checkpointInterval: CHECKPOINT_INTERVAL_WINDOWS,
  })
