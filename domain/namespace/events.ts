import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { AccountId, NamespaceId, TimeMs } from "../kernel/ids.ts"

export const schemas = {
  /** A partition of one account that owns keys and a balance. */
  NamespaceCreated: Schema.Struct({
    namespaceId: NamespaceId,
    accountId: AccountId,
    name: Schema.String,
    at: TimeMs,
  }),
}

export const codec = eventCodec(schemas)
export type NamespaceEvent = EventOf<typeof schemas>
