import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { KeyId, NamespaceId, TimeMs } from "../kernel/ids.ts"

export const KeyMode = Schema.Literals(["test", "live"])
export type KeyMode = typeof KeyMode.Type

export const schemas = {
  /** `digest` is HMAC-SHA256 of the secret under the pepper of that version; the secret itself is shown once and kept nowhere. */
  KeyCreated: Schema.Struct({
    keyId: KeyId,
    namespaceId: NamespaceId,
    mode: KeyMode,
    name: Schema.String,
    pepperVersion: Schema.Int,
    digest: Schema.String,
    at: TimeMs,
  }),
  /** Refused everywhere from now on, for this reason. */
  KeyRevoked: Schema.Struct({ keyId: KeyId, reason: Schema.String, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type ApiKeyEvent = EventOf<typeof schemas>
