import { setTimeout as delay } from "node:timers/promises"
import type { ConsumerConfig, ConsumerMessages, JetStreamManager, JsMsg } from "@nats-io/jetstream"
import type { Unsubscribe } from "#commands/ports/bus.ts"

/** Between two tries to have a consumer. */
const RETRY_MS = 200
/** A pull request's life on the server; the next one follows by itself. */
const PULL_MS = 30_000
/** After two of these without a sign the consumer is looked for again: its leader may have moved. */
const HEARTBEAT_MS = 3_000

/** What says that the server no longer knows this pull, or never will again. */
const GONE: ReadonlySet<string> = new Set([
  "consumer_deleted", "consumer_not_found", "stream_not_found", "no_responders", "heartbeats_missed",
])

export interface Consuming {
  readonly manager: JetStreamManager
  readonly stream: string
  readonly config: Partial<ConsumerConfig>
  /** Pulled ahead. */
  readonly maxMessages: number
  readonly receive: (message: JsMsg) => void
  /** Hears that the consumer had to be looked for again. */
  readonly onRestart: () => void
}

/** Receives a durable pull consumer's messages until stopped; a consumer that is gone is made again, for ever. */
export const keepConsuming = ({ manager, stream, config, maxMessages, receive, onRestart }: Consuming): Unsubscribe => {
  const stopping = new AbortController()
  const { signal } = stopping
  let current: ConsumerMessages | null = null

  const consume = async (): Promise<void> => {
    const info = await manager.consumers.add(stream, config)
    if (signal.aborted) return
    const consumer = manager.jetstream().consumers.getConsumerFromInfo(info)
    // `bind`: pull again at once after a reconnect, instead of asking for the consumer first and waiting long when that fails.
    const messages = await consumer.consume({
      callback: receive, max_messages: maxMessages, expires: PULL_MS, idle_heartbeat: HEARTBEAT_MS, bind: true,
    })
    current = messages
    if (signal.aborted) return messages.stop()
    void stopWhenGone(messages)
    await messages.closed()
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      // A failure is a server without a leader or a connection under way: there is nothing to do but to try again.
      await consume().catch(() => {})
      if (signal.aborted) return
      onRestart()
      await delay(RETRY_MS, null, { signal, ref: false }).catch(() => {})
    }
  }
  void run()

  return () => {
    stopping.abort()
    current?.stop()
  }
}

const stopWhenGone = async (messages: ConsumerMessages): Promise<void> => {
  for await (const { type } of messages.status()) if (GONE.has(type)) messages.stop()
}
