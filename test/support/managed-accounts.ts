import { Effect, Layer, ManagedRuntime } from "effect"
import { createKey } from "#commands/api-key/create-key.ts"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { newAccountId } from "#commands/ids.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import { EventStore, type EventStoreShape } from "#commands/ports/event-store.ts"
import { KeyMinter } from "#commands/ports/key-minter.ts"
import { apiKey, type KeyLimits, NO_LIMITS } from "#domain/api-key/index.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { idOf } from "#domain/kernel/envelope.ts"
import type { AccountId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { namespace } from "#domain/namespace/index.ts"
import type { ManageDeps } from "#gateways/gate/manage-deps.ts"
import { keyMinter } from "#infra/crypto/key-minter.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import type { ApiKeyView } from "#projections/api-keys/query.ts"
import type { NamespaceView } from "#projections/namespaces/query.ts"

export const PEPPER = { version: 1, value: Buffer.from("a pepper for managed accounts").toString("base64") }

/** Keys and namespaces by the real commands on a log in memory; the read models are the deciders' own states, never late. */
export const managedAccounts = () => {
  const log = memoryLog()
  /** In the order of their creation, with the time of it. */
  const created = new Map<string, number>()
  const store: EventStoreShape = {
    ...log.store,
    append: (commit) => {
      if (commit.expectedRevision < 0) created.set(commit.stream, Date.now())
      return log.store.append(commit)
    },
  }
  const ports = Layer.mergeAll(Layer.succeed(EventStore, store), Layer.succeed(KeyMinter, keyMinter(PEPPER)))
  const runtime = ManagedRuntime.make(Layer.provideMerge(commandsLayer({}), ports))
  const run: ManageDeps["run"] = (use) => runtime.runPromise(use)
  const load = <State>(decider: Parameters<typeof loadOf<State>>[0], id: string): Promise<State> => run(loadOf<State>(decider, id))
  const idsOf = (category: string) => [...created.keys()].filter((stream) => stream.startsWith(`${category}-`)).map(idOf)

  const findNamespace = async (id: string): Promise<NamespaceView | null> => {
    const { created: made, retentionDays, deleted } = await load(namespace, id)
    const createdAt = created.get(`namespace-${id}`) ?? 0
    return made === null ? null : { namespaceId: id as NamespaceId, ...made, createdAt, retentionDays, deletedAt: deleted ? createdAt : null }
  }
  const findKey = async (id: string): Promise<ApiKeyView | null> => {
    const key = await load(apiKey, id)
    if (key.stage === "absent") return null
    const { keyId, namespaceId, mode, name, digest, right, limits, rootKeyId, rotation, stage } = key
    const owner = await findNamespace(namespaceId)
    const createdAt = created.get(`key-${id}`) ?? 0
    return {
      keyId, namespaceId, mode, name, digest, pepperVersion: PEPPER.version, createdAt, createdBy: null, successorId: rotation?.successorId ?? null,
      revokedAt: stage === "revoked" ? createdAt : null,
      access: { right, limits, rootKeyId, endsAt: rotation?.endsAt ?? null, accountId: owner?.accountId ?? null, namespaceDeletedAt: owner?.deletedAt ?? null },
    }
  }
  const allKeys = async () => (await Promise.all(idsOf("key").map(findKey))).filter((key) => key !== null)
  const allNamespaces = async () => (await Promise.all(idsOf("namespace").map(findNamespace))).filter((one) => one !== null)
  const behind = <Row>(rows: readonly Row[], id: (row: Row) => string, { after, limit }: { readonly after: string | null; readonly limit: number }) =>
    rows.slice(after === null ? 0 : rows.findIndex((row) => id(row) === after) + 1).slice(0, limit)

  const deps: ManageDeps = {
    run,
    settled: async () => {},
    keys: {
      find: findKey,
      page: async ({ accountId, namespaceId, ...page }) => {
        const own = (await allKeys()).filter((key) => key.access.accountId === accountId && (namespaceId === undefined || key.namespaceId === namespaceId))
        return behind(own, ({ keyId }) => keyId, page)
      },
      countActive: async (id) => (await allKeys()).filter((key) => key.namespaceId === id && key.revokedAt === null).length,
    },
    namespaces: {
      find: findNamespace,
      page: async ({ accountId, ...page }) =>
        behind((await allNamespaces()).filter((one) => one.accountId === accountId && one.deletedAt === null), ({ namespaceId }) => namespaceId, page),
    },
    balances: { ofNamespace: (id) => load(creditLedger, id) },
  }

  /** An account with a namespace, credits in it, and a key that manages it. */
  const newAccount = async (limits: Partial<KeyLimits> = {}, accountId: AccountId = newAccountId()) => {
    const { namespaceId } = await run(createNamespace({ accountId, name: "main", namespaceId: null }))
    await run(grantCredits({ namespaceId, grantId: "g", amount: 100n, reason: "test" }))
    const wanted = { namespaceId, mode: "test", name: "manager", right: "manage", limits: { ...NO_LIMITS, ...limits }, by: null, keyId: null, rootKeyId: null } as const
    const key = await run(createKey(wanted))
    return { accountId, namespaceId, keyId: key.keyId as KeyId, key: key.apiKey ?? "" }
  }
  return { deps, newAccount, run }
}

const loadOf = <State>(decider: { readonly category: string; readonly initial: State }, id: string) =>
  Effect.flatMap(Commands, (commands) => commands.load(decider as Parameters<typeof commands.load>[0], id) as Effect.Effect<State>)
