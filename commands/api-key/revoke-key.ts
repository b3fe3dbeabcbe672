import { Effect } from "effect"
import { apiKey } from "#domain/api-key/index.ts"
import type { KeyId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"

export const revokeKey = Effect.fnUntraced(function* ({ keyId, reason }: { readonly keyId: KeyId; readonly reason: string }) {
  const { handle } = yield* Commands
  const command = { type: "RevokeKey", keyId, reason, at: Date.now() } as const
  return yield* handle(apiKey, keyId, command, { commandId: `key/${keyId}/revoke`, correlationId: keyId })
})
