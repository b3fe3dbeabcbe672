import { Effect } from "effect"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"

export const renameNamespace = Effect.fnUntraced(function* (input: { readonly namespaceId: NamespaceId; readonly name: string }) {
  const { handle } = yield* Commands
  const { namespaceId } = input
  const command = { type: "RenameNamespace", ...input, at: Date.now() } as const
  return yield* handle(namespace, namespaceId, command, { commandId: `namespace/${namespaceId}/rename/${uuidV7()}`, correlationId: namespaceId })
})

/** How many days prompts and answers of the namespace are kept, 0 to 365. */
export const changeRetention = Effect.fnUntraced(function* (input: { readonly namespaceId: NamespaceId; readonly retentionDays: number }) {
  const { handle } = yield* Commands
  const { namespaceId } = input
  const command = { type: "ChangeRetention", ...input, at: Date.now() } as const
  return yield* handle(namespace, namespaceId, command, { commandId: `namespace/${namespaceId}/retention/${uuidV7()}`, correlationId: namespaceId })
})

/**
 * Deletes a namespace whose balance was moved out and whose keys are revoked; `activeKeys` is how many are not. Its ledger is closed
 * first, so that a key that was made meanwhile finds nothing to spend. Ending in between, the command can be repeated.
 */
export const deleteNamespace = Effect.fnUntraced(function* (input: { readonly namespaceId: NamespaceId; readonly activeKeys: number }) {
  const { handle, load } = yield* Commands
  const { namespaceId, activeKeys } = input
  const at = Date.now()
  const command = { type: "DeleteNamespace", namespaceId, activeKeys, at } as const
  const { created, deleted } = yield* load(namespace, namespaceId)
  if (created !== null && !deleted && activeKeys === 0) {
    const close = { type: "CloseLedger", namespaceId, at } as const
    yield* handle(creditLedger, namespaceId, close, { commandId: `ledger/${namespaceId}/close`, correlationId: namespaceId })
  }
  return yield* handle(namespace, namespaceId, command, { commandId: `namespace/${namespaceId}/delete`, correlationId: namespaceId })
})
