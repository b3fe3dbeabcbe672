import { describe, expect, it } from "vitest"
import { type CreateNamespace, namespace } from "#domain/namespace/index.ts"
import { ACCOUNT, NAMESPACE, OTHER_ACCOUNT } from "#test/support/arbitrary-ids.ts"
import { scenario } from "#test/support/scenario.ts"

const create: CreateNamespace = { type: "CreateNamespace", namespaceId: NAMESPACE, accountId: ACCOUNT, name: "default", at: 1 }
const none = scenario(namespace)

it("a namespace is created once", () => {
  none.when(create).gives({ type: "NamespaceCreated", data: { accountId: ACCOUNT, name: "default" } })
  none.after(create).when(create).changesNothing()
})

it("a namespace does not change its account or its name", () => {
  none.after(create).when({ ...create, accountId: OTHER_ACCOUNT }).rejects({ _tag: "NamespaceExists", namespaceId: NAMESPACE })
  none.after(create).when({ ...create, name: "other" }).rejects({ _tag: "NamespaceExists", namespaceId: NAMESPACE })
})

it("a namespace begins with its retention, which nobody who creates it again undoes", () => {
  const chosen = { ...create, retentionDays: 0 }
  expect(none.after(chosen).state.retentionDays).toBe(0)
  expect(none.after({ ...create, retentionDays: 30 }).when(chosen).events()).toEqual([])
  none.when({ ...create, retentionDays: 366 }).rejects({ _tag: "InvalidRetention", retentionDays: 366, most: 365 })
})

it.each(["", "a b", "../x", "-x", "é", "a\n", "a".repeat(64)])("%j is no name for a namespace", (name) => {
  none.when({ ...create, name }).rejects({ _tag: "InvalidNamespaceName", name })
})

it.each(["a", "Team-1", "a.b_c", "a".repeat(63)])("%j is a name for a namespace", (name) => {
  expect(none.when({ ...create, name }).events()).toHaveLength(1)
})

describe("a namespace that is there", () => {
  const known = none.after(create)

  it("is renamed, to a name that it can have", () => {
    known.when({ type: "RenameNamespace", namespaceId: NAMESPACE, name: "prod", at: 2 }).gives({ type: "NamespaceRenamed", data: { name: "prod" } })
    known.when({ type: "RenameNamespace", namespaceId: NAMESPACE, name: "", at: 2 }).rejects({ _tag: "InvalidNamespaceName", name: "" })
  })

  it("keeps content for 30 days, or as many as it says from 0 to 365", () => {
    const keep = (retentionDays: number) => ({ type: "ChangeRetention", namespaceId: NAMESPACE, retentionDays, at: 2 }) as const
    expect(known.state.retentionDays).toBe(30)
    known.when(keep(0)).gives({ type: "NamespaceRetentionChosen", data: { retentionDays: 0 } })
    known.when(keep(30)).changesNothing()
    for (const days of [-1, 366, 0.5]) known.when(keep(days)).rejects({ _tag: "InvalidRetention", retentionDays: days, most: 365 })
  })

  it("is deleted once its keys are revoked, and stays deleted", () => {
    const remove = (activeKeys: number) => ({ type: "DeleteNamespace", namespaceId: NAMESPACE, activeKeys, at: 2 }) as const
    known.when(remove(1)).rejects({ _tag: "NamespaceHasKeys", namespaceId: NAMESPACE, activeKeys: 1 })
    const deleted = known.after(remove(0))
    deleted.when(remove(0)).changesNothing()
    deleted.when({ type: "RenameNamespace", namespaceId: NAMESPACE, name: "x", at: 3 }).rejects({ _tag: "NamespaceIsDeleted", namespaceId: NAMESPACE })
    deleted.when(create).rejects({ _tag: "NamespaceExists", namespaceId: NAMESPACE })
    none.when(remove(0)).rejects({ _tag: "NamespaceNotFound", namespaceId: NAMESPACE })
  })
})
