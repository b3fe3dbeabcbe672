import { Effect } from "effect"
import { type Challenge, PROTOCOL_VERSION } from "#domain/protocol/frames.ts"
import { NodeStopped } from "../node-stopped.ts"
import { KnownNetwork } from "../ports/known-network.ts"
import { NodeIdentity } from "../ports/node-identity.ts"
import type { NodeSettings } from "../settings.ts"

/**
 * Is this the network that we know and mean? Then the session's fresh key. The first key that a network shows is pinned; later only
 * that one is accepted.
 */
export const greet = Effect.fnUntraced(
  function* (challenge: typeof Challenge.Type, { environment, log }: NodeSettings) {
    if (challenge.protocol !== PROTOCOL_VERSION) {
      const message = `the network speaks protocol ${challenge.protocol}, this node ${PROTOCOL_VERSION}; update the older of the two`
      return yield* new NodeStopped({ code: "wrong_protocol", message })
    }
    if (challenge.environment !== environment) {
      const message = `the network is ${challenge.environment}, this node was started for ${environment}`
      return yield* new NodeStopped({ code: "wrong_environment", message })
    }
    const known = yield* KnownNetwork
    const pinned = yield* known.key
    if (pinned === null) {
      yield* known.pin(challenge.network_key)
      log.info({ networkKey: challenge.network_key }, "first contact: this network's key is pinned")
    } else if (pinned !== challenge.network_key) {
      return yield* new NodeStopped({ code: "network_key_changed", message: changedKey(pinned, challenge.network_key) })
    }
    return yield* (yield* NodeIdentity).newSession(environment)
  },
  Effect.catchTag("LocalStoreFailed", ({ message }) => new NodeStopped({ code: "local_store_failed", message })),
)

const changedKey = (pinned: string, shown: string): string =>
  `the network at this address has another key than before (known: ${pinned}, now: ${shown}): it may be somebody else. ` +
  `If its operator confirms the new key, start once with --network-key ${shown}`
