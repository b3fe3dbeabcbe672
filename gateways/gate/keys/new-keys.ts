import { createKey } from "#commands/api-key/create-key.ts"
import { DEFAULT_OVERLAP_MS, rotateKey } from "#commands/api-key/rotate-key.ts"
import { derivedKeyId } from "#commands/derived-ids.ts"
import { DEFAULT_LIMITS, type KeyLimits } from "#domain/api-key/index.ts"
import type { Position } from "#domain/kernel/envelope.ts"
import type { KeyId } from "#domain/kernel/ids.ts"
import type { ApiKeyView } from "#projections/api-keys/query.ts"
import type { FastifyRequest } from "fastify"
import type { Caller } from "../../http/authenticate.ts"
import { idempotencyKey } from "../idempotency-key.ts"
import { accountOf, grantorOf, type ManageDeps, seconds } from "../manage-deps.ts"
import { refused } from "../manage-errors.ts"
import { activeNamespace } from "../namespaces/active-namespace.ts"
import { keyBody, limitsBody, namedLimits, type NewKey } from "./key-body.ts"
import { readKeyRequest, readKeyRotation } from "./read-key-request.ts"

const MS_PER_S = 1_000

type Shown = Omit<(typeof NewKey)["Encoded"], "api_key">

interface Made {
  readonly apiKey: string | null
  readonly keyId: KeyId
  readonly position: Position | null
}

/** Told from the request where it was made just now: an answer with a secret must not be lost because a table is late. */
export const makeKey = async (deps: ManageDeps, caller: Caller, request: FastifyRequest) => {
  const body = readKeyRequest(request.body)
  const { namespaceId } = await activeNamespace(deps, caller, body.namespace)
  const { name = "", mode = caller.mode, right = "inference" } = body
  const limits = { ...defaultLimits(caller), ...namedLimits(body.limits ?? {}) }
  const repeat = idempotencyKey(request)
  const keyId = repeat === null ? null : derivedKeyId("create key", accountOf(caller), repeat)
  const made = await deps.run(createKey({ namespaceId, mode, name, right, limits, by: grantorOf(caller), keyId, rootKeyId: null })).catch(refused)
  return told(deps, made, {
    object: "api_key", id: made.keyId, namespace: namespaceId, name, mode, right, limits: limitsBody(limits), created_at: seconds(Date.now()),
    created_by: caller.keyId, rotated_to: null, ends_at: null, revoked_at: null,
  })
}

/** What a new key has where nothing is said, as far as its maker has it. */
const defaultLimits = ({ access: { limits } }: Caller): KeyLimits => {
  if (limits === null) return DEFAULT_LIMITS
  const { requestsPerSecond: most } = limits
  const usual = DEFAULT_LIMITS.requestsPerSecond
  return { ...limits, requestsPerSecond: most === null || usual === null ? usual : Math.min(most, usual) }
}

export const replaceKey = async (deps: ManageDeps, caller: Caller, { request, old }: { readonly request: FastifyRequest; readonly old: ApiKeyView }) => {
  const { overlap_seconds: overlap } = readKeyRotation(request.body ?? {})
  const overlapMs = overlap === undefined ? DEFAULT_OVERLAP_MS : overlap * MS_PER_S
  const repeat = idempotencyKey(request)
  const successorId = repeat === null ? null : derivedKeyId("rotate key", old.keyId, repeat)
  const made = await deps.run(rotateKey({ keyId: old.keyId, overlapMs, by: grantorOf(caller), successorId })).catch(refused)
  const like = { ...keyBody(old, DEFAULT_LIMITS), id: made.keyId, created_at: seconds(Date.now()), created_by: caller.keyId }
  return told(deps, made, { ...like, rotated_to: null, ends_at: null, revoked_at: null })
}

const told = async (deps: ManageDeps, { apiKey, keyId, position }: Made, fresh: Shown) => {
  if (position !== null) await deps.settled(position)
  const known = apiKey === null ? await deps.keys.find(keyId) : null
  return { ...(known === null ? fresh : keyBody(known, DEFAULT_LIMITS)), api_key: apiKey }
}
