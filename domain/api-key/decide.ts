import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { KeyId, NamespaceId } from "../kernel/ids.ts"
import { type ApiKeyEvent, codec, type KeyMode } from "./events.ts"

export type ApiKey =
  | { readonly stage: "absent" }
  | { readonly stage: "active"; readonly digest: string; readonly namespaceId: NamespaceId }
  | { readonly stage: "revoked"; readonly digest: string; readonly namespaceId: NamespaceId }

export interface CreateKey {
  readonly type: "CreateKey"
  readonly keyId: KeyId
  readonly namespaceId: NamespaceId
  readonly mode: KeyMode
  readonly name: string
  readonly pepperVersion: number
  readonly digest: string
  readonly at: number
}

export interface RevokeKey {
  readonly type: "RevokeKey"
  readonly keyId: KeyId
  readonly reason: string
  readonly at: number
}

export type ApiKeyCommand = CreateKey | RevokeKey

export type ApiKeyRejection =
  | { readonly _tag: "KeyExists"; readonly keyId: string }
  | { readonly _tag: "KeyNotFound"; readonly keyId: string }

type Decision = Result.Result<readonly ApiKeyEvent[], ApiKeyRejection>

const apply = (state: ApiKey, event: ApiKeyEvent): ApiKey => {
  switch (event.type) {
    case "KeyCreated":
      return { stage: "active", digest: event.data.digest, namespaceId: event.data.namespaceId }
    case "KeyRevoked":
      return state.stage === "absent" ? state : { ...state, stage: "revoked" }
  }
}

const decide =
  (command: ApiKeyCommand) =>
  (state: ApiKey): Decision => {
    switch (command.type) {
      case "CreateKey": {
        const { type: _, ...data } = command
        if (state.stage === "absent") return Result.succeed([{ type: "KeyCreated", data }])
        const same = state.digest === command.digest && state.namespaceId === command.namespaceId
        return same ? Result.succeed([]) : Result.fail({ _tag: "KeyExists", keyId: command.keyId })
      }
      case "RevokeKey": {
        const { keyId, reason, at } = command
        if (state.stage === "absent") return Result.fail({ _tag: "KeyNotFound", keyId })
        if (state.stage === "revoked") return Result.succeed([])
        return Result.succeed([{ type: "KeyRevoked", data: { keyId, reason, at } }])
      }
    }
  }

export const apiKey: Decider<ApiKey, ApiKeyCommand, ApiKeyEvent, ApiKeyRejection> = {
  category: "key",
  codec,
  initial: { stage: "absent" },
  fold: foldWith(apply),
  decide,
}
