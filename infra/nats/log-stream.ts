import { DiscardPolicy, JetStreamApiError, type JetStreamManager, RetentionPolicy, StorageType, type StreamInfo } from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import type { LogLayout } from "./log-layout.ts"
import { EventLogRefused } from "./log-refused.ts"

/** A repeated message id is noticed within this even where the expectation holds. The server remembers each id for as long: 100 bytes. */
const DUPLICATE_WINDOW_MS = 120_000
const NAME_IN_USE = 10058
const NO_CLUSTER = 10074

/** What the log stands on. A stream that exists already must have all of it. */
const essentials = ({ subjects }: LogLayout) => ({
  subjects: [subjects],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_age: 0,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  max_bytes: -1,
  deny_delete: true,
  deny_purge: true,
  allow_direct: true,
  allow_atomic: true,
})

/** Makes the stream unless it is there; refuses one that could lose events, rather than changing it. */
export const ensureLogStream = async (manager: JetStreamManager, layout: LogLayout, replicas: number): Promise<StreamInfo> => {
  const wanted = essentials(layout)
  const config = { name: layout.stream, ...wanted, num_replicas: replicas, duplicate_window: nanos(DUPLICATE_WINDOW_MS) }
  try {
    return await manager.streams.add(config)
  } catch (cause) {
    const code = cause instanceof JetStreamApiError ? cause.code : 0
    if (code === NO_CLUSTER) throw new EventLogRefused(`the NATS server is not in a cluster, so it cannot keep ${replicas} replicas of the domain log`)
    if (code !== NAME_IN_USE) throw cause
  }
  const found = await manager.streams.info(layout.stream)
  const different = differences(found.config, wanted)
  if (found.config.num_replicas < replicas) different.push(`num_replicas is ${found.config.num_replicas}, not ${replicas}`)
  if (found.config.persist_mode === "async") different.push("persist_mode is async")
  if (different.length > 0) {
    throw new EventLogRefused(`stream ${layout.stream} cannot keep the domain log: ${different.join("; ")}. Change it with "nats stream edit"`)
  }
  return found
}

const differences = (actual: object, wanted: object): string[] => {
  const found = new Map(Object.entries(actual))
  return Object.entries(wanted).flatMap(([key, value]) => {
    const [is, should] = [JSON.stringify(found.get(key)), JSON.stringify(value)]
    return is === should || (is === undefined && (value === false || value === 0)) ? [] : [`${key} is ${is ?? "not set"}, not ${should}`]
  })
}

/** Names of the servers that hold a copy; the connected one where there is no cluster. */
export const serversOf = ({ cluster }: StreamInfo, connected: string): readonly string[] => {
  const names = [cluster?.leader ?? connected, ...(cluster?.replicas ?? []).map(({ name }) => name)]
  return [...new Set(names)]
}
