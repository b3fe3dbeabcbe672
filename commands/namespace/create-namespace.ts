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
}

export const createNamespace = Effect.fnUntraced(function* (input: NewNamespace) {
  const { handle } = yield* Commands
  const { accountId, name } = input
  const namespaceId = input.namespaceId ?? newNamespaceId()
  const command = { type: "CreateNamespace", namespaceId, accountId, name, at: Date.now() } as const
  const meta = { commandId: `namespace/${namespaceId}/create`, correlationId: namespaceId }
  const { position } = yield* handle(namespace, namespaceId, command, meta)
  return { namespaceId, position }
})
