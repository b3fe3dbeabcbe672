import { Effect } from "effect"
import { type ApiKey, apiKey, formatKey, type Grantor, type KeyLimits, type KeyMode, type KeyRight, sameLimits } from "#domain/api-key/index.ts"
import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { newKeyId, randomBase62 } from "../ids.ts"
import { KeyMinter } from "../ports/key-minter.ts"

const SECRET_LENGTH = 32

export interface NewKey {
  readonly namespaceId: NamespaceId
  readonly mode: KeyMode
  readonly name: string
  readonly right: KeyRight
  readonly limits: KeyLimits
  /** Null: the operator. */
  readonly by: Grantor | null
  /** Null makes a new id; a given one makes the command repeatable. */
  readonly keyId: KeyId | null
  /** Null: the key is the first of its line. */
  readonly rootKeyId: KeyId | null
}

/** Makes a key and returns it whole, once; only its HMAC is kept. `apiKey` is null when the same key was made before. */
export const createKey = Effect.fnUntraced(function* (input: NewKey) {
  const { handle, load } = yield* Commands
  const minter = yield* KeyMinter
  const { namespaceId, mode } = input
  const keyId = input.keyId ?? newKeyId()
  const secret = randomBase62(SECRET_LENGTH)
  const rootKeyId = input.rootKeyId ?? keyId
  const command = { ...input, type: "CreateKey", keyId, rootKeyId, ...minter.seal(secret), at: Date.now() } as const
  // With its digest: of two gateways that make one key at once, each with a secret of its own, only one can be right.
  const meta = { commandId: `key/${keyId}/create/${command.digest}`, correlationId: namespaceId }
  return yield* handle(apiKey, keyId, command, meta).pipe(
    Effect.map(({ position }) => ({ apiKey: formatKey({ mode, keyId, secret }), keyId, position })),
    // Another secret was made for it: whoever asked for the same key before has that one.
    Effect.catchTag("KeyExists", (exists) =>
      Effect.flatMap(load(apiKey, keyId), (known) =>
        isSame(known, input) ? Effect.succeed({ apiKey: null, keyId, position: null }) : Effect.fail(exists),
      ),
    ),
  )
})

/** As it was asked for; what was changed since does not count as the same. */
const isSame = (known: ApiKey, { namespaceId, mode, name, right, limits }: NewKey): boolean =>
  known.stage !== "absent" && known.namespaceId === namespaceId && known.mode === mode && known.name === name &&
  known.right === right && sameLimits(known.limits, limits)
