import type { KeyId, NamespaceId } from "../kernel/ids.ts"
import type { KeyMode, KeyRight } from "./events.ts"
import type { InvalidLimit, KeyLimits, LimitName } from "./limits.ts"

/** The key that asks, and all it may give. */
export interface Grantor {
  readonly keyId: KeyId
  readonly mode: KeyMode
  readonly right: KeyRight
  readonly limits: KeyLimits
}

export interface CreateKey {
  readonly type: "CreateKey"
  readonly keyId: KeyId
  readonly namespaceId: NamespaceId
  readonly mode: KeyMode
  readonly name: string
  readonly right: KeyRight
  readonly limits: KeyLimits
  /** Its own id, or that of the first key of the line in which it takes another's place. */
  readonly rootKeyId: KeyId
  /** Null: the operator. */
  readonly by: Grantor | null
  readonly pepperVersion: number
  readonly digest: string
  readonly at: number
}

export interface ChangeKeyLimits {
  readonly type: "ChangeKeyLimits"
  readonly keyId: KeyId
  /** Those that are not named stay as they are when the command comes to the log. */
  readonly limits: Partial<KeyLimits>
  readonly by: Grantor | null
  readonly at: number
}

export interface RenameKey {
  readonly type: "RenameKey"
  readonly keyId: KeyId
  readonly name: string
  readonly at: number
}

/** Says which key comes next; that one is created in its own stream afterwards. */
export interface RotateKey {
  readonly type: "RotateKey"
  readonly keyId: KeyId
  readonly successorId: KeyId
  readonly endsAt: number
  readonly by: Grantor | null
  readonly at: number
}

export interface RevokeKey {
  readonly type: "RevokeKey"
  readonly keyId: KeyId
  readonly reason: string
  readonly at: number
}

export type ApiKeyCommand = CreateKey | ChangeKeyLimits | RenameKey | RotateKey | RevokeKey

export type ApiKeyRejection =
  | { readonly _tag: "KeyExists"; readonly keyId: string }
  | { readonly _tag: "KeyNotFound"; readonly keyId: string }
  | { readonly _tag: "KeyIsRevoked"; readonly keyId: string }
  | { readonly _tag: "InvalidKeyName"; readonly longest: number }
  | ({ readonly _tag: "InvalidKeyLimit" } & InvalidLimit)
  /** A key cannot give what it does not have. */
  | { readonly _tag: "ExceedsGrantor"; readonly what: LimitName | "mode" | "right" }
  | { readonly _tag: "KeyAlreadyRotated"; readonly keyId: string; readonly successorId: KeyId }
