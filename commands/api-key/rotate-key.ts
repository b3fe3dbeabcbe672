import { Effect } from "effect"
import { apiKey, DEFAULT_LIMITS, type Grantor } from "#domain/api-key/index.ts"
import type { KeyId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { newKeyId } from "../ids.ts"
import { createKey } from "./create-key.ts"

/** How long the old key is good beside the new one where nothing else is said. */
export const DEFAULT_OVERLAP_MS = 24 * 3_600_000
export const MAX_OVERLAP_MS = 30 * 24 * 3_600_000

export interface Rotation {
  readonly keyId: KeyId
  readonly overlapMs: number
  /** Null: the operator. */
  readonly by: Grantor | null
  /** Null makes a new id; a given one makes the command repeatable. */
  readonly successorId: KeyId | null
}

/**
 * A new key in the place of this one, with the same limits and rights. First the old key learns its successor, then that is created:
 * when it ends in between, repeating the command makes the key that is missing. `apiKey` is null when all was done before.
 */
export const rotateKey = Effect.fnUntraced(function* ({ keyId, overlapMs, by, successorId }: Rotation) {
  const { handle, load } = yield* Commands
  const at = Date.now()
  const wanted = successorId ?? newKeyId()
  const command = { type: "RotateKey", keyId, successorId: wanted, endsAt: at + overlapMs, by, at } as const
  const successor = yield* handle(apiKey, keyId, command, { commandId: `key/${keyId}/rotate/${wanted}/${command.endsAt}`, correlationId: keyId }).pipe(
    Effect.as(wanted),
    Effect.catchTag("KeyAlreadyRotated", (already) =>
      Effect.flatMap(load(apiKey, already.successorId), ({ stage }) =>
        stage === "absent" ? Effect.succeed(already.successorId) : Effect.fail(already),
      ),
    ),
  )
  const old = yield* load(apiKey, keyId)
  if (old.stage === "absent") return yield* Effect.die(new Error(`key ${keyId} was rotated and is not there`))
  const { namespaceId, mode, name, right, rootKeyId, limits, rotation } = old
  const made = yield* createKey({
    namespaceId, mode, name, right, rootKeyId, limits: limits ?? DEFAULT_LIMITS, by, keyId: successor,
  })
  return { ...made, endsAt: rotation?.endsAt ?? command.endsAt }
})
