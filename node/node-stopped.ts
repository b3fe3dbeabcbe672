import { Data } from "effect"
import type { RefusalCode } from "#domain/protocol/frames.ts"

export type StopCode =
  | "bad_certificate"
  | "wrong_environment"
  | "wrong_protocol"
  | "replaced"
  | "network_key_changed"
  | "local_store_failed"

/** The node must not go on by itself: `message` tells its owner what to do. */
export class NodeStopped extends Data.TaggedError("NodeStopped")<{ readonly code: StopCode; readonly message: string }> {}

/** Refusals that trying again cannot cure, in words for the node's owner; null for all others. */
export const stoppedBy = (code: RefusalCode, message: string): NodeStopped | null => {
  switch (code) {
    case "replaced":
      return new NodeStopped({
        code,
        message: "another process runs with this node's identity; stop one of the two, or give this one its own data folder",
      })
    case "bad_certificate":
      return new NodeStopped({ code, message: `the network does not accept this node's certificate: ${message}; check the machine's clock` })
    case "wrong_environment":
    case "wrong_protocol":
      return new NodeStopped({ code, message })
    default:
      return null
  }
}
