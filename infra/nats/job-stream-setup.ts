import { AckPolicy, type ConsumerConfig, DiscardPolicy, type JetStreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import { MAX_DELIVERIES, MAX_QUEUED } from "#commands/ports/job-stream.ts"
import type { NodeId } from "#domain/kernel/ids.ts"
import { ensureStream } from "./ensure-stream.ts"

/** The same attempt published again within this time is stored once. Dispatch gives up on a publish after seconds. */
const DUPLICATES_MS = 2 * 60_000
/** A node's consumer is removed when it was not used for so long; its assignments stay until their own time is over. */
const IDLE_CONSUMER_MS = 60 * 60_000
const DEAD_LETTERS_MS = 7 * 24 * 60 * 60_000
const MAX_DEAD_LETTERS = 10_000
/** The server sets a stream's limit aside on its disk when it is made. */
const MAX_JOBS_BYTES = 256 * 1024 ** 2
const MAX_DEAD_BYTES = 32 * 1024 ** 2
/** Delivered to a node and not acknowledged, at once: far beyond any node's slots. */
export const MAX_UNACKNOWLEDGED = 256

export interface JobStreamNames {
  /** Work queue of all assignments. */
  readonly jobs: string
  readonly dead: string
  /** The server's notices about messages that were delivered too often. */
  readonly exhausted: string
  readonly allSubjects: string
  readonly deadSubject: string
  readonly subjectOf: (nodeId: NodeId) => string
  /** On NATS core: a new consumer of this node says that it has taken over. */
  readonly takenSubject: (nodeId: NodeId) => string
}

export const jobStreamNames = (environment: string): JobStreamNames => ({
  jobs: `jobs-${environment}`,
  dead: `jobs-dead-${environment}`,
  exhausted: `jobs-exhausted-${environment}`,
  allSubjects: `jobs.${environment}.*`,
  deadSubject: `jobs.dead.${environment}`,
  subjectOf: (nodeId) => `jobs.${environment}.${nodeId}`,
  takenSubject: (nodeId) => `jobs-taken.${environment}.${nodeId}`,
})

export const ensureJobStreams = async (
  manager: JetStreamManager,
  { names, replicas }: { readonly names: JobStreamNames; readonly replicas: number },
): Promise<void> => {
  const limits = { storage: StorageType.File, num_replicas: replicas, duplicate_window: nanos(DUPLICATES_MS) }
  await ensureStream(manager, {
    ...limits,
    name: names.jobs,
    subjects: [names.allSubjects],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
    max_msgs_per_subject: MAX_QUEUED,
    max_bytes: MAX_JOBS_BYTES,
    allow_msg_ttl: true,
  })
  await ensureStream(manager, {
    ...limits,
    name: names.dead,
    subjects: [names.deadSubject],
    max_age: nanos(DEAD_LETTERS_MS),
    max_msgs: MAX_DEAD_LETTERS,
    max_bytes: MAX_DEAD_BYTES,
  })
  await ensureStream(manager, {
    ...limits,
    name: names.exhausted,
    subjects: [`$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${names.jobs}.*`],
    retention: RetentionPolicy.Workqueue,
    max_age: nanos(DEAD_LETTERS_MS),
    max_msgs: MAX_DEAD_LETTERS,
    max_bytes: MAX_DEAD_BYTES,
  })
}

export const nodeConsumer = (names: JobStreamNames, nodeId: NodeId, ackWaitMs: number): Partial<ConsumerConfig> => ({
  durable_name: nodeId,
  filter_subject: names.subjectOf(nodeId),
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(ackWaitMs),
  max_deliver: MAX_DELIVERIES,
  max_ack_pending: MAX_UNACKNOWLEDGED,
  inactive_threshold: nanos(IDLE_CONSUMER_MS),
})
