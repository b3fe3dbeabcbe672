import { foldWith } from "../kernel/decider.ts"
import type { KeyId, NamespaceId } from "../kernel/ids.ts"
import type { ApiKeyEvent, KeyMode, KeyRight } from "./events.ts"
import type { KeyLimits } from "./limits.ts"

export interface Rotation {
  readonly successorId: KeyId
  readonly endsAt: number
}

export interface KnownKey {
  readonly stage: "active" | "revoked"
  readonly keyId: KeyId
  readonly digest: string
  readonly namespaceId: NamespaceId
  readonly mode: KeyMode
  readonly name: string
  readonly right: KeyRight
  /** Null: the network's configured ones. */
  readonly limits: KeyLimits | null
  readonly rootKeyId: KeyId
  readonly rotation: Rotation | null
}

export type ApiKey = { readonly stage: "absent" } | KnownKey

export const initial: ApiKey = { stage: "absent" }

const created = (data: Extract<ApiKeyEvent, { type: "KeyCreated" }>["data"]): KnownKey => {
  const { keyId, digest, namespaceId, mode, name, right = "inference", limits = null, rootKeyId = keyId } = data
  return { stage: "active", keyId, digest, namespaceId, mode, name, right, limits, rootKeyId, rotation: null }
}

const apply = (state: ApiKey, event: ApiKeyEvent): ApiKey => {
  if (event.type === "KeyCreated") return created(event.data)
  if (state.stage === "absent") return state
  switch (event.type) {
    case "KeyLimitsReplaced":
      return { ...state, limits: event.data.limits }
    case "KeyRenamed":
      return { ...state, name: event.data.name }
    case "KeyRotated":
      return { ...state, rotation: { successorId: event.data.successorId, endsAt: event.data.endsAt } }
    case "KeyRevoked":
      return { ...state, stage: "revoked" }
  }
}

export const fold = foldWith(apply)
