import { Effect } from "effect"
import { changeKeyLimits, renameKey } from "#commands/api-key/change-key.ts"
import { revokeKey } from "#commands/api-key/revoke-key.ts"
import type { Commands } from "#commands/handle.ts"
import { DEFAULT_LIMITS } from "#domain/api-key/index.ts"
import type { ApiKeyView } from "#projections/api-keys/query.ts"
import type { Caller } from "../../http/authenticate.ts"
import { json, type KeyedRoute } from "../../http/routes.ts"
import { IDEMPOTENCY_KEY } from "../idempotency-key.ts"
import { accountOf, grantorOf, type ManageDeps } from "../manage-deps.ts"
import { keyNotFound, refused } from "../manage-errors.ts"
import { PAGE_PARAMETERS, page, pageOf, readPage } from "../pages.ts"
import { Key, keyBody, namedLimits, NewKey } from "./key-body.ts"
import { makeKey, replaceKey } from "./new-keys.ts"
import { KeyChange, KeyRequest, KeyRotation, readKeyChange } from "./read-key-request.ts"

const Keys = pageOf(Key, "ApiKeyList")
const PATH = "/v1/keys"
const ONE = `${PATH}/{id}`
const COMMON = { access: "manage", requestLimit: "counted" } as const
const GONE = { 404: "No such key in this account." }
const SECRET_ONCE = "Its secret is shown this once and kept nowhere."

/** Keys of an account, for its keys that manage. */
export const keysRoutes = (deps: ManageDeps): readonly KeyedRoute[] => [
  {
    ...COMMON, method: "POST", path: PATH, operationId: "createApiKey", summary: "Makes an API key.",
    description: `${SECRET_ONCE} A key gives at most what it has itself. Limits that are not named are those of a new key: ${DEFAULT_LIMITS.requestsPerSecond} requests a second.`,
    parameters: [IDEMPOTENCY_KEY], body: { "application/json": KeyRequest },
    answers: { 200: json(NewKey, SECRET_ONCE) },
    problems: { 404: "No such namespace.", 422: "The Idempotency-Key was used for another key." },
    handle: async ({ request, reply, caller }) => reply.header("cache-control", "no-store").send(await makeKey(deps, caller, request)),
  },
  {
    ...COMMON, method: "GET", path: PATH, operationId: "listApiKeys", summary: "All keys of the account, oldest first, revoked ones too.",
    parameters: [...PAGE_PARAMETERS, { in: "query", name: "namespace", description: "Of this namespace only." }],
    answers: { 200: json(Keys, "Keys, without their secrets.") },
    handle: async ({ request, caller }) => {
      const { limit, after, parameters } = readPage(request, ["namespace"])
      const namespace = parameters.one("namespace")
      const filter = { accountId: accountOf(caller), ...(namespace === null ? {} : { namespaceId: namespace }) }
      const rows = await deps.keys.page({ ...filter, limit: limit + 1, after })
      return page(rows.map((row) => keyBody(row, DEFAULT_LIMITS)), limit)
    },
  },
  {
    ...COMMON, method: "GET", path: ONE, operationId: "retrieveApiKey", summary: "One key, without its secret.",
    answers: { 200: json(Key, "The key.") }, problems: GONE,
    handle: async ({ caller, param }) => keyBody(await ownKey(deps, caller, param("id")), DEFAULT_LIMITS),
  },
  {
    ...COMMON, method: "PATCH", path: ONE, operationId: "updateApiKey", summary: "Changes the name or limits of a key; what is not named stays, null is no limit.",
    body: { "application/json": KeyChange },
    answers: { 200: json(Key, "The key as it is now; gateways heed it within 5 s.") }, problems: { ...GONE, 409: "The key was revoked." },
    handle: async ({ request, caller, param }) => {
      const { name, limits } = readKeyChange(request.body)
      const { keyId } = await ownKey(deps, caller, param("id"))
      const change = Effect.gen(function* () {
        const limited = limits === undefined ? null : yield* changeKeyLimits({ keyId, limits: namedLimits(limits), by: grantorOf(caller) })
        const renamed = name === undefined ? null : yield* renameKey({ keyId, name })
        return renamed?.position ?? limited?.position ?? null
      })
      return keyBody(await changed(deps, caller, { id: keyId, change }), DEFAULT_LIMITS)
    },
  },
  {
    ...COMMON, method: "POST", path: `${ONE}/rotate`, operationId: "rotateApiKey", summary: "Makes a key in the place of this one, with the same limits.",
    description: `${SECRET_ONCE} The old key is good beside it until the overlap ends. What was asked and spent counts for both together.`,
    parameters: [IDEMPOTENCY_KEY], body: { "application/json": KeyRotation },
    answers: { 200: json(NewKey, SECRET_ONCE) }, problems: { ...GONE, 409: "The key was revoked, or rotated before." },
    handle: async ({ request, reply, caller, param }) => {
      const old = await ownKey(deps, caller, param("id"))
      return reply.header("cache-control", "no-store").send(await replaceKey(deps, caller, { request, old }))
    },
  },
  {
    ...COMMON, method: "DELETE", path: ONE, operationId: "revokeApiKey", summary: "Revokes a key: every gateway refuses it within 5 s.",
    answers: { 200: json(Key, "The key, which stays on record.") }, problems: GONE,
    handle: async ({ caller, param }) => {
      const { keyId } = await ownKey(deps, caller, param("id"))
      const change = Effect.map(revokeKey({ keyId, reason: `revoked with key ${caller.keyId}` }), ({ position }) => position)
      return keyBody(await changed(deps, caller, { id: keyId, change }), DEFAULT_LIMITS)
    },
  },
]

/** The key by this id in the caller's account, revoked ones too; throws the 404 otherwise, whether or not somebody else has it. */
const ownKey = async ({ keys }: ManageDeps, caller: Caller, id: string): Promise<ApiKeyView> => {
  const key = await keys.find(id)
  if (key === null || key.access.accountId !== accountOf(caller)) throw keyNotFound()
  return key
}

interface Changing<Failure> {
  readonly id: string
  /** Gives the position to wait for, if something was written. */
  readonly change: Effect.Effect<bigint | null, Failure, Commands>
}

const changed = async <Failure>(deps: ManageDeps, caller: Caller, { id, change }: Changing<Failure>): Promise<ApiKeyView> => {
  const position = await deps.run(change).catch(refused)
  if (position !== null) await deps.settled(position)
  return ownKey(deps, caller, id)
}
