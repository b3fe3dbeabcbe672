import type { NatsConnection } from "@nats-io/transport-node"

export interface Link {
  /** False between the loss of the server and the next one. */
  readonly up: () => boolean
}

/** Follows a connection's life until it is closed. `onChange` hears of losses, returns and errors that the server reports. */
export const watchConnection = (connection: NatsConnection, onChange: (change: "lost" | "back" | "error") => void): Link => {
  let up = true
  const follow = async (): Promise<void> => {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") {
        up = false
        onChange("lost")
      } else if (type === "reconnect") {
        up = true
        onChange("back")
      } else if (type === "error") onChange("error")
    }
    up = false
  }
  void follow()
  return { up: () => up }
}
