import { newKeyId, newNamespaceId } from "#commands/ids.ts"
import { NO_LIMITS } from "#domain/api-key/index.ts"
import type { Access } from "#gateways/http/routes.ts"
import type { KeyAccess, KeyRecord } from "#gateways/ports/key-directory.ts"
import { formatKey } from "#domain/api-key/index.ts"
import { OTHER_ACCOUNT } from "#test/support/arbitrary-ids.ts"
import { GOOD_RECORD, keyOf } from "../cloud/fake-network.ts"
import { OPERATOR_TOKEN } from "../every-gateway.ts"

/** How a request says who sends it, and what comes of that at a route of each access. */
export interface Credential {
  readonly name: string
  /** Of the table: credentials with the same outcome for the same reason. */
  readonly group: string
  readonly authorization: string | null
  /** Of its key, where it is a key that is kept. */
  readonly record: KeyRecord | null
  readonly outcomes: Readonly<Record<Access, Outcome>>
}

/** `passes`: the handler answers · `own`: the same, but what belongs to others is not there (404). */
export type Outcome = "passes" | "own" | 401 | 403

const PAST = 1
type Changes = Partial<Omit<KeyRecord, "access">> & { readonly access?: Partial<KeyAccess> }

const recordOf = ({ access = {}, ...changes }: Changes): KeyRecord => {
  const keyId = newKeyId()
  return { ...GOOD_RECORD, keyId, ...changes, access: { ...GOOD_RECORD.access, rootKeyId: keyId, ...access } }
}

const everywhere = (keyed: Outcome): Credential["outcomes"] => ({ public: "passes", node: "passes", operator: 401, inference: keyed, manage: keyed })
const STRANGER = everywhere(401)

const stranger = (name: string, authorization: string | null): Credential => ({ name, group: "no good key", authorization, record: null, outcomes: STRANGER })

const keyed = (name: string, group: string, { changes, outcomes }: { readonly changes: Changes; readonly outcomes: Credential["outcomes"] }): Credential => {
  const record = recordOf(changes)
  return { name, group, record, outcomes, authorization: `Bearer ${keyOf(record, record.mode)}` }
}

const INFERENCE = { ...STRANGER, inference: "passes", manage: 403 } as const
const MANAGE = { ...STRANGER, inference: 403, manage: "passes" } as const
const good = keyOf(GOOD_RECORD)
const wrongSecret = formatKey({ mode: "test", keyId: GOOD_RECORD.keyId, secret: "A".repeat(32) })
const unknownKey = formatKey({ mode: "test", keyId: newKeyId(), secret: "A".repeat(32) })
const wrongCheckSum = good.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))

export const CREDENTIALS: readonly Credential[] = [
  stranger("no header", null),
  stranger("an empty header", ""),
  stranger("another scheme", `Basic ${Buffer.from(`user:${good}`).toString("base64")}`),
  stranger("a key without its scheme", good),
  stranger("a key of another service", "Bearer sk-proj-0123456789"),
  stranger("a key with a wrong check sum", `Bearer ${wrongCheckSum}`),
  stranger("a key that was never made", `Bearer ${unknownKey}`),
  stranger("a key with another secret", `Bearer ${wrongSecret}`),
  stranger("a test key called a live one", `Bearer ${keyOf(GOOD_RECORD, "live")}`),
  stranger("two keys in one header", `Bearer ${good} Bearer ${good}`),
  keyed("a revoked key", "ended key", { changes: { revokedAt: PAST }, outcomes: STRANGER }),
  keyed("a key that was rotated away", "ended key", { changes: { access: { endsAt: PAST } }, outcomes: STRANGER }),
  keyed("an expired key", "ended key", { changes: { access: { limits: { ...NO_LIMITS, expiresAt: PAST } } }, outcomes: STRANGER }),
  keyed("a revoked key that manages", "ended key", { changes: { revokedAt: PAST, access: { right: "manage" } }, outcomes: STRANGER }),
  keyed("a key of a deleted namespace", "of a deleted namespace", { changes: { access: { namespaceDeletedAt: PAST } }, outcomes: everywhere(403) }),
  keyed("a test key for inference", "inference key", { changes: {}, outcomes: INFERENCE }),
  keyed("a live key for inference", "inference key", { changes: { mode: "live" }, outcomes: INFERENCE }),
  keyed("a test key that manages", "manage key", { changes: { access: { right: "manage" } }, outcomes: MANAGE }),
  keyed("a live key that manages", "manage key", { changes: { mode: "live", access: { right: "manage" } }, outcomes: MANAGE }),
  keyed("an inference key of another account", "another account's inference key", {
    changes: { namespaceId: newNamespaceId(), access: { accountId: OTHER_ACCOUNT } }, outcomes: { ...INFERENCE, inference: "own" },
  }),
  keyed("a manage key of another account", "another account's manage key", {
    changes: { namespaceId: newNamespaceId(), access: { accountId: OTHER_ACCOUNT, right: "manage" } }, outcomes: { ...MANAGE, manage: "own" },
  }),
  {
    name: "the operator's token", group: "operator's token", record: null, authorization: `Bearer ${OPERATOR_TOKEN}`,
    outcomes: { ...STRANGER, operator: "passes" },
  },
]
