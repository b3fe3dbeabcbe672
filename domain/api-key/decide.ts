import { Result } from "effect"
import type { Decider } from "../kernel/decider.ts"
import type { ApiKeyCommand, ApiKeyRejection, ChangeKeyLimits, CreateKey, Grantor, RenameKey, RevokeKey, RotateKey } from "./commands.ts"
import { type ApiKeyEvent, codec, type KeyMode, type KeyRight } from "./events.ts"
import { DEFAULT_LIMITS, exceededLimit, invalidLimit, type KeyLimits, NO_LIMITS } from "./limits.ts"
import { type ApiKey, fold, initial, type KnownKey } from "./state.ts"

type Decision = Result.Result<readonly ApiKeyEvent[], ApiKeyRejection>

const MAX_NAME_CHARACTERS = 128

interface Given {
  readonly mode: KeyMode
  readonly right: KeyRight
  readonly limits: KeyLimits
}

/** What of `given` its giver does not have, or null. */
const exceeding = ({ mode, right, limits }: Given, by: Grantor | null): ApiKeyRejection | null => {
  if (by === null) return null
  if (mode === "live" && by.mode === "test") return { _tag: "ExceedsGrantor", what: "mode" }
  if (right === "manage" && by.right !== "manage") return { _tag: "ExceedsGrantor", what: "right" }
  const what = exceededLimit(limits, by.limits)
  return what === null ? null : { _tag: "ExceedsGrantor", what }
}

const unsound = (limits: KeyLimits): ApiKeyRejection | null => {
  const invalid = invalidLimit(limits)
  return invalid === null ? null : { _tag: "InvalidKeyLimit", ...invalid }
}

const badName = (name: string): ApiKeyRejection | null =>
  name.length <= MAX_NAME_CHARACTERS ? null : { _tag: "InvalidKeyName", longest: MAX_NAME_CHARACTERS }

const create = (command: CreateKey, state: ApiKey): Decision => {
  const { keyId, namespaceId, mode, name, right, limits, rootKeyId, by, pepperVersion, digest, at } = command
  if (state.stage !== "absent") {
    const same = state.digest === digest && state.namespaceId === namespaceId
    return same ? Result.succeed([]) : Result.fail({ _tag: "KeyExists", keyId })
  }
  const wrong = unsound(limits) ?? badName(name) ?? exceeding(command, by)
  if (wrong !== null) return Result.fail(wrong)
  const data = {
    keyId, namespaceId, mode, name, pepperVersion, digest, at, right, limits,
    ...(rootKeyId === keyId ? {} : { rootKeyId }),
    ...(by === null ? {} : { createdBy: by.keyId }),
  }
  return Result.succeed([{ type: "KeyCreated", data }])
}

const changeLimits = ({ keyId, limits: changes, by, at }: ChangeKeyLimits, key: KnownKey): Decision => {
  const limits = { ...(key.limits ?? DEFAULT_LIMITS), ...changes }
  if (sameLimits(limits, key.limits)) return Result.succeed([])
  const wrong = unsound(limits) ?? exceeding({ ...key, limits }, by)
  if (wrong !== null) return Result.fail(wrong)
  return Result.succeed([{ type: "KeyLimitsReplaced", data: { keyId, limits, at, ...(by === null ? {} : { replacedBy: by.keyId }) } }])
}

/** The same limits in the same order of their lists. */
export const sameLimits = (a: KeyLimits | null, b: KeyLimits | null): boolean => JSON.stringify(a, plain) === JSON.stringify(b, plain)

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString()
  // Independent of the order in which an object was put together.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)) : value
}

const rename = ({ keyId, name, at }: RenameKey, key: KnownKey): Decision => {
  if (name === key.name) return Result.succeed([])
  const wrong = badName(name)
  return wrong === null ? Result.succeed([{ type: "KeyRenamed", data: { keyId, name, at } }]) : Result.fail(wrong)
}

/** Whoever rotates a key gets one like it, so it must have all of that itself. */
const rotate = ({ keyId, successorId, endsAt, by, at }: RotateKey, key: KnownKey): Decision => {
  // First of all: who may not rotate it must not finish a rotation that broke off either.
  const wrong = exceeding({ ...key, limits: key.limits ?? NO_LIMITS }, by)
  if (wrong !== null) return Result.fail(wrong)
  if (key.rotation !== null) {
    if (key.rotation.successorId === successorId) return Result.succeed([])
    return Result.fail({ _tag: "KeyAlreadyRotated", keyId, successorId: key.rotation.successorId })
  }
  return Result.succeed([{ type: "KeyRotated", data: { keyId, successorId, endsAt, at } }])
}

const revoke = ({ keyId, reason, at }: RevokeKey, key: KnownKey): Decision =>
  Result.succeed(key.stage === "revoked" ? [] : [{ type: "KeyRevoked", data: { keyId, reason, at } }])

const decide =
  (command: ApiKeyCommand) =>
  (state: ApiKey): Decision => {
    if (command.type === "CreateKey") return create(command, state)
    const { keyId } = command
    if (state.stage === "absent") return Result.fail({ _tag: "KeyNotFound", keyId })
    if (command.type === "RevokeKey") return revoke(command, state)
    if (state.stage === "revoked") return Result.fail({ _tag: "KeyIsRevoked", keyId })
    switch (command.type) {
      case "ChangeKeyLimits":
        return changeLimits(command, state)
      case "RenameKey":
        return rename(command, state)
      case "RotateKey":
        return rotate(command, state)
    }
  }

export const apiKey: Decider<ApiKey, ApiKeyCommand, ApiKeyEvent, ApiKeyRejection> = {
  category: "key",
  codec,
  initial,
  fold,
  decide,
}
