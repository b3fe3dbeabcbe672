import { Effect } from "effect"
import { apiKey, formatKey, type KeyMode } from "#domain/api-key/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { newKeyId, randomBase62 } from "../ids.ts"
import { KeyMinter } from "../ports/key-minter.ts"

const SECRET_LENGTH = 32

export interface NewKey {
  readonly namespaceId: NamespaceId
  readonly mode: typeof KeyMode.Type
  readonly name: string
}

/** Makes a key and returns it whole, once; only its HMAC is kept. */
export const createKey = Effect.fnUntraced(function* ({ namespaceId, mode, name }: NewKey) {
  const { handle } = yield* Commands
  const minter = yield* KeyMinter
  const keyId = newKeyId()
  const secret = randomBase62(SECRET_LENGTH)
  const command = { type: "CreateKey", keyId, namespaceId, mode, name, ...minter.seal(secret), at: Date.now() } as const
  const { position } = yield* handle(apiKey, keyId, command, { commandId: `key/${keyId}/create`, correlationId: namespaceId })
  return { apiKey: formatKey({ mode, keyId, secret }), keyId, position }
})
