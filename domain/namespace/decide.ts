import { Result } from "effect"
import { type Decider, foldWith } from "../kernel/decider.ts"
import type { AccountId, NamespaceId } from "../kernel/ids.ts"
import { DEFAULT_RETENTION_DAYS, isRetentionDays, MAX_RETENTION_DAYS } from "../policies/retention.ts"
import { codec, type NamespaceEvent } from "./events.ts"

export interface Namespace {
  /** As it is called now; stays when the namespace is deleted. */
  readonly created: { readonly accountId: AccountId; readonly name: string } | null
  readonly retentionDays: number
  readonly deleted: boolean
}

export interface CreateNamespace {
  readonly type: "CreateNamespace"
  readonly namespaceId: NamespaceId
  readonly accountId: AccountId
  readonly name: string
  /** Where another one than that of the network is chosen from the start. */
  readonly retentionDays?: number
  readonly at: number
}

export interface RenameNamespace {
  readonly type: "RenameNamespace"
  readonly namespaceId: NamespaceId
  readonly name: string
  readonly at: number
}

export interface ChangeRetention {
  readonly type: "ChangeRetention"
  readonly namespaceId: NamespaceId
  readonly retentionDays: number
  readonly at: number
}

/** `activeKeys`: how many of its keys are not revoked. Its ledger must be closed already. */
export interface DeleteNamespace {
  readonly type: "DeleteNamespace"
  readonly namespaceId: NamespaceId
  readonly activeKeys: number
  readonly at: number
}

export type NamespaceCommand = CreateNamespace | RenameNamespace | ChangeRetention | DeleteNamespace

export type NamespaceRejection =
  | { readonly _tag: "NamespaceExists"; readonly namespaceId: string }
  | { readonly _tag: "NamespaceNotFound"; readonly namespaceId: string }
  | { readonly _tag: "NamespaceIsDeleted"; readonly namespaceId: string }
  | { readonly _tag: "NamespaceHasKeys"; readonly namespaceId: string; readonly activeKeys: number }
  | { readonly _tag: "InvalidNamespaceName"; readonly name: string }
  | { readonly _tag: "InvalidRetention"; readonly retentionDays: number; readonly most: number }

type Decision = Result.Result<readonly NamespaceEvent[], NamespaceRejection>

/** Letters, digits, dash, dot and underscore; it appears in terminals and file names. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

const initial: Namespace = { created: null, retentionDays: DEFAULT_RETENTION_DAYS, deleted: false }

const apply = (state: Namespace, event: NamespaceEvent): Namespace => {
  switch (event.type) {
    case "NamespaceCreated":
      return { ...state, created: { accountId: event.data.accountId, name: event.data.name } }
    case "NamespaceRenamed":
      return state.created === null ? state : { ...state, created: { ...state.created, name: event.data.name } }
    case "NamespaceRetentionChosen":
      return { ...state, retentionDays: event.data.retentionDays }
    case "NamespaceDeleted":
      return { ...state, deleted: true }
  }
}

/** Its retention is chosen with it or not at all: whoever asks again must not undo what was chosen since. */
const create = ({ namespaceId, accountId, name, retentionDays, at }: CreateNamespace, state: Namespace): Decision => {
  if (!NAME.test(name)) return Result.fail({ _tag: "InvalidNamespaceName", name })
  if (state.created !== null) {
    const same = !state.deleted && state.created.accountId === accountId && state.created.name === name
    return same ? Result.succeed([]) : Result.fail({ _tag: "NamespaceExists", namespaceId })
  }
  const chosen = changeRetention({ namespaceId, retentionDays: retentionDays ?? state.retentionDays, at }, state.retentionDays)
  return Result.map(chosen, (events) => [{ type: "NamespaceCreated", data: { namespaceId, accountId, name, at } }, ...events])
}

const rename = ({ namespaceId, name, at }: RenameNamespace, current: string): Decision => {
  if (!NAME.test(name)) return Result.fail({ _tag: "InvalidNamespaceName", name })
  return Result.succeed(name === current ? [] : [{ type: "NamespaceRenamed", data: { namespaceId, name, at } }])
}

const changeRetention = ({ namespaceId, retentionDays, at }: Omit<ChangeRetention, "type">, current: number): Decision => {
  if (!isRetentionDays(retentionDays)) return Result.fail({ _tag: "InvalidRetention", retentionDays, most: MAX_RETENTION_DAYS })
  if (retentionDays === current) return Result.succeed([])
  return Result.succeed([{ type: "NamespaceRetentionChosen", data: { namespaceId, retentionDays, at } }])
}

const remove = ({ namespaceId, activeKeys, at }: DeleteNamespace): Decision =>
  activeKeys > 0
    ? Result.fail({ _tag: "NamespaceHasKeys", namespaceId, activeKeys })
    : Result.succeed([{ type: "NamespaceDeleted", data: { namespaceId, at } }])

const decide =
  (command: NamespaceCommand) =>
  (state: Namespace): Decision => {
    if (command.type === "CreateNamespace") return create(command, state)
    const { namespaceId } = command
    if (state.created === null) return Result.fail({ _tag: "NamespaceNotFound", namespaceId })
    if (state.deleted) {
      return command.type === "DeleteNamespace" ? Result.succeed([]) : Result.fail({ _tag: "NamespaceIsDeleted", namespaceId })
    }
    switch (command.type) {
      case "RenameNamespace":
        return rename(command, state.created.name)
      case "ChangeRetention":
        return changeRetention(command, state.retentionDays)
      case "DeleteNamespace":
        return remove(command)
    }
  }

export const namespace: Decider<Namespace, NamespaceCommand, NamespaceEvent, NamespaceRejection> = {
  category: "namespace",
  codec,
  initial,
  fold: foldWith(apply),
  decide,
}
