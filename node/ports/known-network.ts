import { Context, Data, type Effect } from "effect"

export class LocalStoreFailed extends Data.TaggedError("LocalStoreFailed")<{ readonly message: string }> {}

export interface KnownNetworkShape {
  /** The key that this network must have (raw ed25519, base64url); null before the first contact. */
  readonly key: Effect.Effect<string | null, LocalStoreFailed>
  /** Remembers the key for ever. */
  readonly pin: (key: string) => Effect.Effect<void, LocalStoreFailed>
}

/** What this node remembers of the network it joins. */
export class KnownNetwork extends Context.Service<KnownNetwork, KnownNetworkShape>()("node/KnownNetwork") {}
