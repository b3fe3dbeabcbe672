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
  NamespaceRenamed: Schema.Struct({ namespaceId: NamespaceId, name: Schema.String, at: TimeMs }),
  /** How many days prompts and answers are kept from now on; 0: not after the answer. */
  NamespaceRetentionChosen: Schema.Struct({ namespaceId: NamespaceId, retentionDays: Schema.Int, at: TimeMs }),
  /** Its keys are refused; its ledger was closed, empty, before. */
  NamespaceDeleted: Schema.Struct({ namespaceId: NamespaceId, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type NamespaceEvent = EventOf<typeof schemas>
