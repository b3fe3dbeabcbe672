import { Effect } from "effect"
import type { AccountId, NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import { Commands } from "../handle.ts"
import { newNamespaceId } from "../ids.ts"

export interface NewNamespace {
  readonly accountId: AccountId
  readonly name: string
  /** Null makes a new id; a given one makes the command repeatable. */
  readonly namespaceId: NamespaceId | null
  /** That of the network without it. Of a namespace that is there already it changes nothing. */
  readonly retentionDays?: number
}

export const createNamespace = Effect.fnUntraced(function* (input: NewNamespace) {
  const { handle } = yield* Commands
  const { accountId, name, retentionDays } = input
  const namespaceId = input.namespaceId ?? newNamespaceId()
  const command = { type: "CreateNamespace", namespaceId, accountId, name, ...(retentionDays === undefined ? {} : { retentionDays }), at: Date.now() } as const
  // With its name: of two gateways that make it at once under different names one is refused.
  const meta = { commandId: `namespace/${namespaceId}/create/${accountId}/${retentionDays ?? ""}/${name}`, correlationId: namespaceId }
  const { position } = yield* handle(namespace, namespaceId, command, meta)
  return { namespaceId, position }
})
