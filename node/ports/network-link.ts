import { Context, Data, type Effect } from "effect"

export interface LinkConnection {
  /** Sends one text message; after the connection is gone it does nothing. Never throws, never waits. */
  readonly send: (text: string) => void
  readonly close: () => void
}

/** No connection came about; `message` says why in words for the node's owner. */
export class LinkFailed extends Data.TaggedError("LinkFailed")<{ readonly message: string }> {}

export interface NetworkLinkShape {
  /**
   * Opens a connection, hands it to `serve`, and gives each text message that arrives to the function that `serve` returned. Ends with
   * the reason when the connection is gone; interrupting it closes the connection.
   */
  readonly connect: (serve: (connection: LinkConnection) => (text: string) => void) => Effect.Effect<string, LinkFailed>
}

/** The one outbound connection of a node. */
export class NetworkLink extends Context.Service<NetworkLink, NetworkLinkShape>()("node/NetworkLink") {}
