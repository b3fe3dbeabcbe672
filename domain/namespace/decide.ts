import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { AccountId, NamespaceId } from "../kernel/ids.ts"
import { codec, type NamespaceEvent } from "./events.ts"

export interface Namespace {
  readonly created: { readonly accountId: AccountId; readonly name: string } | null
}

export interface CreateNamespace {
  readonly type: "CreateNamespace"
  readonly namespaceId: NamespaceId
  readonly accountId: AccountId
  readonly name: string
  readonly at: number
}

export type NamespaceRejection =
  | { readonly _tag: "NamespaceExists"; readonly namespaceId: string }
  | { readonly _tag: "InvalidNamespaceName"; readonly name: string }

/** Letters, digits, dash, dot and underscore; it appears in terminals and file names. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

const apply = (_state: Namespace, event: NamespaceEvent): Namespace => ({
  created: { accountId: event.data.accountId, name: event.data.name },
})

const decide =
  (command: CreateNamespace) =>
  (state: Namespace): Result.Result<readonly NamespaceEvent[], NamespaceRejection> => {
    const { namespaceId, accountId, name, at } = command
    if (!NAME.test(name)) return Result.fail({ _tag: "InvalidNamespaceName", name })
    if (state.created !== null) {
      const same = state.created.accountId === accountId && state.created.name === name
      return same ? Result.succeed([]) : Result.fail({ _tag: "NamespaceExists", namespaceId })
    }
    return Result.succeed([{ type: "NamespaceCreated", data: { namespaceId, accountId, name, at } }])
  }

export const namespace: Decider<Namespace, CreateNamespace, NamespaceEvent, NamespaceRejection> = {
  category: "namespace",
  codec,
  initial: { created: null },
  fold: foldWith(apply),
  decide,
}
