import { Effect } from "effect"
import { apiKey, type Grantor, type KeyLimits } from "#domain/api-key/index.ts"
import type { KeyId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"

export interface NewLimits {
  readonly keyId: KeyId
  /** Those that are not named stay as they are. */
  readonly limits: Partial<KeyLimits>
  /** Null: the operator. */
  readonly by: Grantor | null
}

/** Limits of a key from now on; gateways heed them within 5 s. */
export const changeKeyLimits = Effect.fnUntraced(function* ({ keyId, limits, by }: NewLimits) {
  const { handle } = yield* Commands
  const command = { type: "ChangeKeyLimits", keyId, limits, by, at: Date.now() } as const
  return yield* handle(apiKey, keyId, command, { commandId: `key/${keyId}/limits/${uuidV7()}`, correlationId: keyId })
})

export const renameKey = Effect.fnUntraced(function* ({ keyId, name }: { readonly keyId: KeyId; readonly name: string }) {
  const { handle } = yield* Commands
  const command = { type: "RenameKey", keyId, name, at: Date.now() } as const
  return yield* handle(apiKey, keyId, command, { commandId: `key/${keyId}/rename/${uuidV7()}`, correlationId: keyId })
})
