import { AckPolicy, JetStreamApiError, type JetStreamManager, type JsMsg } from "@nats-io/jetstream"
import { headers, nanos, type Payload } from "@nats-io/transport-node"
import type { Unsubscribe } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { JobStreamNames } from "./job-stream-setup.ts"
import { keepConsuming } from "./keep-consuming.ts"

/** One of the processes moves each exhausted message; if it dies at it, another does after this time. */
const MOVE_MS = 30_000
const MAX_MOVES = 16

export type DeadReason = "deliveries" | "expired" | "malformed"

export interface DeadLetters {
  /** Keeps a message of the job stream as evidence; `false` when that failed, so that it is not thrown away yet. */
  readonly keep: (letter: { readonly sequence: number; readonly data: Payload; readonly reason: DeadReason }) => Promise<boolean>
  readonly stop: Unsubscribe
}

interface DeadLettersOptions {
  readonly manager: JetStreamManager
  readonly names: JobStreamNames
  readonly counters: CountersShape
}

/**
 * Moves what was delivered too often out of the work queue, where it would stay. The server says so once, to whoever listens: its notices
 * are a stream of their own, so that none is missed.
 */
export const deadLetters = ({ manager, names, counters }: DeadLettersOptions): DeadLetters => {
  const js = manager.jetstream()

  const keep: DeadLetters["keep"] = async ({ sequence, data, reason }) => {
    const evidence = headers()
    evidence.set("Reason", reason)
    const kept = await js.publish(names.deadSubject, data, { msgID: `${names.jobs}.${sequence}`, headers: evidence }).catch(() => null)
    if (kept?.duplicate === false) counters.increment("job_stream_dead_letters_total", reason)
    return kept !== null
  }

  const move = async (notice: JsMsg): Promise<void> => {
    const { stream_seq: sequence } = notice.json<{ readonly stream_seq: number }>()
    const message = await manager.streams.getMessage(names.jobs, { seq: sequence })
    if (message === null) return notice.ack()
    if (!(await keep({ sequence, data: message.data, reason: "deliveries" }))) return notice.nak(MOVE_MS)
    await manager.streams.deleteMessage(names.jobs, sequence).catch((cause: unknown) => {
      // Another process was faster, or its time was over.
      if (!(cause instanceof JetStreamApiError)) throw cause
    })
    notice.ack()
  }

  const stop = keepConsuming({
    manager,
    stream: names.exhausted,
    config: { durable_name: "dead-letters", ack_policy: AckPolicy.Explicit, ack_wait: nanos(MOVE_MS), max_ack_pending: MAX_MOVES },
    maxMessages: MAX_MOVES,
    receive: (notice) => void move(notice).catch(() => counters.increment("job_stream_moves_failed_total")),
    onRestart: () => counters.increment("job_stream_restarts_total", "dead_letters"),
  })
  return { keep, stop }
}
