import { Effect } from "effect"
import { changeRetention, deleteNamespace, renameNamespace } from "#commands/namespace/change-namespace.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import { derivedNamespaceId } from "#commands/derived-ids.ts"
import { newNamespaceId } from "#commands/ids.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { DEFAULT_RETENTION_DAYS } from "#domain/policies/retention.ts"
import type { Caller } from "../../http/authenticate.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { IDEMPOTENCY_KEY, idempotencyKey } from "../idempotency-key.ts"
import { accountOf, type ManageDeps, seconds } from "../manage-deps.ts"
import { refused } from "../manage-errors.ts"
import { PAGE_PARAMETERS, page, readPage } from "../pages.ts"
import { activeNamespace } from "./active-namespace.ts"
import {
  DeletedNamespace, Namespace, namespaceBody, NamespaceChange, NamespaceRequest, Namespaces, readNamespaceChange, readNamespaceRequest,
} from "./namespace-body.ts"

const PATH = "/v1/namespaces"
const ONE = `${PATH}/{id}`
const COMMON = { access: "manage", requestLimit: "counted" } as const
const GONE = { 404: "No such namespace in this account." }

/** Namespaces of an account, for its keys that manage. */
export const namespacesRoutes = (deps: ManageDeps): readonly KeyedRoute[] => [
  {
    ...COMMON, method: "POST", path: PATH, operationId: "createNamespace", summary: "Makes a namespace in the account of the key.",
    parameters: [IDEMPOTENCY_KEY], body: { "application/json": NamespaceRequest },
    answers: { 200: json(Namespace, "The namespace.") }, problems: { 422: "The Idempotency-Key was used for another namespace." },
    handle: async ({ request, caller }) => {
      const repeat = idempotencyKey(request)
      const namespaceId = repeat === null ? newNamespaceId() : derivedNamespaceId("create namespace", accountOf(caller), repeat)
      return create(deps, { ...readNamespaceRequest(request.body), caller, namespaceId })
    },
  },
  {
    ...COMMON, method: "GET", path: PATH, operationId: "listNamespaces", summary: "The namespaces of the account, oldest first.", parameters: PAGE_PARAMETERS,
    answers: { 200: json(Namespaces, "Namespaces that are not deleted.") },
    handle: async ({ request, caller }) => {
      const { limit, after } = readPage(request)
      const rows = await deps.namespaces.page({ accountId: accountOf(caller), limit: limit + 1, after })
      return page(rows.map(namespaceBody), limit)
    },
  },
  {
    ...COMMON, method: "GET", path: ONE, operationId: "retrieveNamespace", summary: "One namespace.",
    answers: { 200: json(Namespace, "The namespace.") }, problems: GONE,
    handle: async ({ caller, param }) => namespaceBody(await activeNamespace(deps, caller, param("id"))),
  },
  {
    ...COMMON, method: "PATCH", path: ONE, operationId: "updateNamespace", summary: "Changes the name of a namespace, or how long it keeps prompts and answers.",
    body: { "application/json": NamespaceChange }, answers: { 200: json(Namespace, "The namespace as it is now.") }, problems: GONE,
    handle: async ({ request, caller, param }) => {
      const { name, retention_days: retentionDays } = readNamespaceChange(request.body)
      const { namespaceId } = await activeNamespace(deps, caller, param("id"))
      const change = Effect.gen(function* () {
        const kept = retentionDays === undefined ? null : yield* changeRetention({ namespaceId, retentionDays })
        const renamed = name === undefined ? null : yield* renameNamespace({ namespaceId, name })
        return renamed?.position ?? kept?.position ?? null
      })
      await settle(deps, await deps.run(change).catch(refused))
      return namespaceBody(await activeNamespace(deps, caller, namespaceId))
    },
  },
  {
    ...COMMON, method: "DELETE", path: ONE, operationId: "deleteNamespace", summary: "Deletes a namespace for ever.",
    description: "Its keys are revoked and its balance is moved out before. Prompts and answers stay for as long as it kept them, or until they are erased.",
    answers: { 200: json(DeletedNamespace, "It is deleted.") }, problems: { ...GONE, 409: "It has keys, or credits." },
    handle: async ({ caller, param }) => {
      const { namespaceId } = await activeNamespace(deps, caller, param("id"))
      const activeKeys = await deps.keys.countActive(namespaceId)
      const { position } = await deps.run(deleteNamespace({ namespaceId, activeKeys })).catch(refused)
      await deps.settled(position)
      return { object: "namespace", id: namespaceId, deleted: true }
    },
  },
]

interface Wanted {
  readonly name: string
  readonly retention_days?: number
  readonly caller: Caller
  readonly namespaceId: NamespaceId
}

const create = async (deps: ManageDeps, { name, retention_days: retentionDays, caller, namespaceId }: Wanted) => {
  const accountId = accountOf(caller)
  const chosen = retentionDays === undefined ? {} : { retentionDays }
  const { position } = await deps.run(createNamespace({ accountId, name, namespaceId, ...chosen })).catch(refused)
  await deps.settled(position)
  const known = await deps.namespaces.find(namespaceId)
  if (known !== null) return namespaceBody(known)
  return { object: "namespace", id: namespaceId, name, retention_days: retentionDays ?? DEFAULT_RETENTION_DAYS, created_at: seconds(Date.now()) }
}

const settle = async (deps: ManageDeps, position: Position | null): Promise<void> => {
  if (position !== null) await deps.settled(position)
}
