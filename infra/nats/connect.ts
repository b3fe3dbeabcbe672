import { connect, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node"

const CONNECT_TIMEOUT_MS = 5_000
const RECONNECT_WAIT_MS = 100
const RECONNECT_JITTER_MS = 100
const PING_INTERVAL_MS = 5_000
const MAX_PINGS_OUT = 2

export interface NatsOptions extends Pick<ConnectionOptions, "authenticator" | "inboxPrefix"> {
  /** Comma-separated: `nats://a:4222,nats://b:4222`. */
  readonly url: string
  /** Shown by the server's monitoring. */
  readonly name: string
}

/** A connection that comes back by itself for ever: a cluster without a leader, or a restart, is ridden out. */
export const connectNats = ({ url, ...options }: NatsOptions): Promise<NatsConnection> =>
  connect({
    servers: url.split(","),
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    // Or each request takes down the stack it might have to show: a tenth of what a busy process computes.
    noAsyncTraces: true,
    ...options,
  })
