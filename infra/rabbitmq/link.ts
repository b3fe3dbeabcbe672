import { setTimeout as delay } from "node:timers/promises"
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from "amqplib"
import type { Unsubscribe } from "#commands/ports/bus.ts"

const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 5_000
const CONNECT_MS = 5_000
const CLOSE_MS = 2_000
/** Two missed ones end a connection whose other side is gone. */
const HEARTBEAT_S = 5
/** Unacknowledged per consumer: far beyond any node's slots. */
const PREFETCH = 256

/** One life of the connection; with it everything in here ends. */
export interface Link {
  readonly publishing: ConfirmChannel
  readonly consuming: Channel
}

export interface RabbitConnection {
  readonly current: () => Link | null
  /** Now, and again after every reconnect. */
  readonly whenUp: (use: (link: Link) => void) => Unsubscribe
  readonly close: () => Promise<void>
}

export interface RabbitConnectionOptions {
  readonly onChange: (change: "lost" | "back") => void
  /** Before anybody uses the link. */
  readonly declare: (channel: Channel) => Promise<void>
}

/** Fails when the broker cannot be reached now; later it comes back by itself, for ever, with growing pauses. */
export const connectRabbit = async (url: string, { onChange, declare }: RabbitConnectionOptions): Promise<RabbitConnection> => {
  const users = new Set<(link: Link) => void>()
  let current: Link | null = null

  const setup = async (model: ChannelModel): Promise<void> => {
    // Each loss is also a `close`; without a listener it would be thrown.
    model.on("error", ignore)
    const publishing = await model.createConfirmChannel()
    const consuming = await model.createChannel()
    const link: Link = { publishing, consuming }
    const lost = (): void => {
      if (current !== link) return
      current = null
      onChange("lost")
      // A channel may end alone, by an error of ours: the whole link begins anew.
      model.close().catch(ignore)
    }
    for (const channel of [publishing, consuming]) {
      channel.on("error", ignore)
      channel.on("close", lost)
    }
    model.on("close", lost)
    await declare(publishing)
    await consuming.prefetch(PREFETCH)
    current = link
  }

  const address = new URL(url)
  address.searchParams.set("heartbeat", String(HEARTBEAT_S))
  const connection = await connect(address.href, {
    timeout: CONNECT_MS,
    noDelay: true,
    recovery: { initialDelay: FIRST_RETRY_MS, maxDelay: MAX_RETRY_MS, initialMaxRetries: 0, setup },
  })
  connection.on("error", ignore)
  connection.on("connect", () => {
    onChange("back")
    if (current !== null) for (const use of users) use(current)
  })

  return {
    current: () => current,
    whenUp: (use) => {
      users.add(use)
      if (current !== null) use(current)
      return () => users.delete(use)
    },
    close: async () => {
      current = null
      // A broker that hangs is not waited for.
      await Promise.race([connection.close(), delay(CLOSE_MS, null, { ref: false })])
    },
  }
}

const ignore = (): void => {}
