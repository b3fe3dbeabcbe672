import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { KeyId, NamespaceId, TimeMs } from "../kernel/ids.ts"
import { KeyLimits } from "./limits.ts"

export const KeyMode = Schema.Literals(["test", "live"])
export type KeyMode = typeof KeyMode.Type

/** `inference` asks models; `manage` administers the namespaces and keys of its account and asks none. */
export const KeyRight = Schema.Literals(["inference", "manage"])
export type KeyRight = typeof KeyRight.Type

export const schemas = {
  /**
   * `digest` is HMAC-SHA256 of the secret under the pepper of that version; the secret itself is shown once and kept nowhere. Without
   * `right` it is `inference`, without `limits` the network's configured ones count. `rootKeyId` is the first key of a line of
   * rotated ones, `createdBy` the key that asked for it.
   */
  KeyCreated: Schema.Struct({
    keyId: KeyId,
    namespaceId: NamespaceId,
    mode: KeyMode,
    name: Schema.String,
    pepperVersion: Schema.Int,
    digest: Schema.String,
    at: TimeMs,
    right: Schema.optionalKey(KeyRight),
    limits: Schema.optionalKey(KeyLimits),
    rootKeyId: Schema.optionalKey(KeyId),
    createdBy: Schema.optionalKey(KeyId),
  }),
  /** All limits as they are from now on. */
  KeyLimitsReplaced: Schema.Struct({ keyId: KeyId, limits: KeyLimits, replacedBy: Schema.optionalKey(KeyId), at: TimeMs }),
  KeyRenamed: Schema.Struct({ keyId: KeyId, name: Schema.String, at: TimeMs }),
  /** Another key takes its place; this one is refused from `endsAt` on. */
  KeyRotated: Schema.Struct({ keyId: KeyId, successorId: KeyId, endsAt: TimeMs, at: TimeMs }),
  /** Refused everywhere from now on, for this reason. */
  KeyRevoked: Schema.Struct({ keyId: KeyId, reason: Schema.String, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type ApiKeyEvent = EventOf<typeof schemas>
