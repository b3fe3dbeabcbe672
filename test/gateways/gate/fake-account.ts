import { AccountId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { Caller } from "#gateways/http/authenticate.ts"
import type { Route } from "#gateways/http/routes.ts"
import { httpServer } from "#gateways/http/server.ts"

const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`
export const namespaceAt = (n: number) => NamespaceId.make(`ns_${uuid(n)}`)
export const OWN = namespaceAt(1)
export const SECOND = namespaceAt(2)
export const FOREIGN = namespaceAt(9)
const keyId = KeyId.make("abcDEF012345")

/** A key of the account that has the namespaces OWN and SECOND. */
export const callerWith = (right: "inference" | "manage"): Caller => ({
  keyId, namespaceId: OWN, mode: "live",
  access: { right, limits: null, rootKeyId: keyId, endsAt: null, accountId: AccountId.make(`acct_${uuid(1)}`), namespaceDeletedAt: null },
})

/** A server of these routes to which everybody is that caller. */
export const fakeServer = (routes: readonly Route[]) => {
  const defects: unknown[] = []
  const counted: string[] = []
  const app = httpServer({
    name: "gate", routes,
    counters: { increment: (name, reason) => void counted.push(reason === undefined ? name : `${name}/${reason}`) },
    onDefect: (error) => void defects.push(error),
    drain: async () => {},
    checks: { manage: async () => callerWith("manage"), inference: async () => callerWith("inference") },
  })
  return { app, defects, counted }
}
