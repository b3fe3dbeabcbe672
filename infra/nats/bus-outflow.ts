import type { NatsConnection } from "@nats-io/transport-node"

/** So much may have been written without the server having said that it read it; beyond it, messages are dropped and counted. */
export const MAX_UNREAD_BYTES = 32 * 1024 * 1024
/** After so much the server is asked how far it has read: one ping among thousands of messages. */
const ASK_EVERY_BYTES = 1024 * 1024

export interface Outflow {
  /** Whether `bytes` more may be written now. */
  readonly admits: (bytes: number) => boolean
}

/** Bounds what the client library would buffer for a server that reads slowly: it has no limit of its own. */
export const outflow = (connection: NatsConnection): Outflow => {
  let unread = 0
  let unasked = 0
  const ask = (): void => {
    const asked = unasked
    unasked = 0
    const read = (): void => {
      unread -= asked
    }
    // A failure means that the connection is gone, and with it what was buffered.
    connection.flush().then(read, read)
  }
  return {
    admits: (bytes) => {
      if (unread + bytes > MAX_UNREAD_BYTES) return false
      unread += bytes
      unasked += bytes
      if (unasked >= ASK_EVERY_BYTES) ask()
      return true
    },
  }
}
