import { Schema } from "effect"
import { KeyMode, KeyRight } from "#domain/api-key/index.ts"
import { NamespaceId } from "#domain/kernel/ids.ts"
import { MAX_OVERLAP_MS } from "#commands/api-key/rotate-key.ts"
import { bodyReader } from "../read-manage-body.ts"
import { SomeLimits } from "./key-body.ts"

const S_PER_MS = 1 / 1_000

export const KeyRequest = Schema.Struct({
  namespace: NamespaceId,
  name: Schema.optionalKey(Schema.String),
  /** That of the key that asks, without it. */
  mode: Schema.optionalKey(KeyMode),
  /** `inference` without it. */
  right: Schema.optionalKey(KeyRight),
  limits: Schema.optionalKey(SomeLimits),
}).annotate({ identifier: "ApiKeyRequest" })

export const KeyChange = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  limits: Schema.optionalKey(SomeLimits),
}).annotate({ identifier: "ApiKeyChange" })

export const KeyRotation = Schema.Struct({
  /** How long the old key is good beside the new one; a day without it. */
  overlap_seconds: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: MAX_OVERLAP_MS * S_PER_MS }))),
}).annotate({ identifier: "ApiKeyRotation" })

export const readKeyRequest = bodyReader(KeyRequest)
export const readKeyChange = bodyReader(KeyChange)
export const readKeyRotation = bodyReader(KeyRotation)
