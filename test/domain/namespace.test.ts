import { expect, it } from "vitest"
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

it.each(["", "a b", "../x", "-x", "é", "a\n", "a".repeat(64)])("%j is no name for a namespace", (name) => {
  none.when({ ...create, name }).rejects({ _tag: "InvalidNamespaceName", name })
})

it.each(["a", "Team-1", "a.b_c", "a".repeat(63)])("%j is a name for a namespace", (name) => {
  expect(none.when({ ...create, name }).events()).toHaveLength(1)
})
