import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { START } from "#domain/kernel/envelope.ts"
import { LogHead } from "../memory/log-head.ts"
import { natsEventFeed } from "./event-feed.ts"
import { natsEventStore } from "./event-store.ts"
import { ContendedSubjects } from "./log-contention.ts"
import { watchLogHead } from "./log-head-watch.ts"
import { logLayout } from "./log-layout.ts"
import { LogLink } from "./log-link.ts"
import { logReader } from "./log-reader.ts"
import { EventLogRefused } from "./log-refused.ts"
import { deadline, ridingOut } from "./log-retry.ts"
import { checkSynced, checkVersion } from "./log-server.ts"
import { ensureLogStream, serversOf } from "./log-stream.ts"
import { LogTails } from "./log-tails.ts"

/** What a server takes where nobody has set `max_payload`. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1024 * 1024

export interface NatsLogOptions {
  /** The log is the JetStream stream `<prefix>-log` over the subjects `<prefix>.log.>`; `<prefix>.head` wakes readers. */
  readonly prefix: string
  readonly replicas: 1 | 3
  /** Monitoring ports of the servers that keep the log, as in `http://127.0.0.1:8222`: they show whether each message is synced. */
  readonly monitorUrls: readonly string[]
}

export interface NatsLog {
  readonly store: EventStoreShape
  readonly feed: EventFeedShape
  /** Ends the watch of the head; the connection stays open. */
  readonly close: () => Promise<void>
}

/**
 * Store and feed of one process over one connection. Throws `EventLogRefused` when the server is too old, does not sync every message
 * or cannot have the stream as it must be.
 */
export const openNatsEventLog = async (connection: NatsConnection, options: NatsLogOptions): Promise<NatsLog> => {
  const { server_name: connected = "", version = "" } = connection.info ?? {}
  checkVersion(connected, version)
  const layout = logLayout(options.prefix)
  const ensured = async () => ensureLogStream(await jetstreamManager(connection), layout, options.replicas)
  const info = await ridingOut(ensured, deadline()).catch(refusedByServer)
  await checkSynced(options.monitorUrls, serversOf(info, connected))

  const link = new LogLink(connection)
  const reader = logReader(link, layout.stream, Math.max(info.config.num_replicas, options.replicas))
  const head = new LogHead()
  const watch = watchLogHead(link, reader, layout.headSubject, head)
  const store = natsEventStore({
    log: { link, reader, tails: new LogTails(), contended: new ContendedSubjects() },
    subjectOf: layout.subjectOf,
    maxPayloadBytes: () => connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD_BYTES,
    onAppended: (batch) => {
      const last = batch.reduce((highest, { position }) => (position > highest ? position : highest), START)
      if (last > START) watch.announce(last)
    },
  })
  return {
    store,
    feed: natsEventFeed(reader, head, watch.follow),
    close: async () => watch.close(),
  }
}

const refusedByServer = (cause: unknown): never => {
  if (!(cause instanceof JetStreamApiError)) throw cause
  throw new EventLogRefused(`NATS JetStream makes no stream for the domain log: ${cause.message}`, { cause })
}
