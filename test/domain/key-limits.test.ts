import { describe, expect, it } from "vitest"
import { apiKey, type ApiKeyCommand, type CreateKey, DEFAULT_LIMITS, type Grantor, type KeyLimits, NO_LIMITS } from "#domain/api-key/index.ts"
import { KeyId } from "#domain/kernel/ids.ts"
import { KEY, NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { scenario } from "#test/support/scenario.ts"

const MANAGER = KeyId.make("Manager00001")
const NEXT = KeyId.make("Next00000001")
const create = (changes: Partial<CreateKey> = {}): CreateKey => ({
  type: "CreateKey", keyId: KEY, namespaceId: NAMESPACE, mode: "test", name: "laptop", right: "inference", limits: DEFAULT_LIMITS,
  rootKeyId: KEY, by: null, pepperVersion: 1, digest: "d1", at: 1, ...changes,
})
const manager = (limits: Partial<KeyLimits> = {}): Grantor => ({ keyId: MANAGER, mode: "test", right: "manage", limits: { ...NO_LIMITS, ...limits } })
const limits = (changes: Partial<KeyLimits>): KeyLimits => ({ ...NO_LIMITS, ...changes })
const change = (changes: Partial<KeyLimits>, by: Grantor | null = null): ApiKeyCommand => ({ type: "ChangeKeyLimits", keyId: KEY, limits: limits(changes), by, at: 2 })
const rotate = (by: Grantor | null = null, successorId = NEXT): ApiKeyCommand => ({ type: "RotateKey", keyId: KEY, successorId, endsAt: 90, by, at: 3 })
const revoke: ApiKeyCommand = { type: "RevokeKey", keyId: KEY, reason: "leaked", at: 4 }
const none = scenario(apiKey)
const known = none.after(create())

describe("limits of a key", () => {
  it("are 60 requests a second where nothing else is said, and on record with the key", () => {
    expect(DEFAULT_LIMITS).toEqual(limits({ requestsPerSecond: 60 }))
    none.when(create()).gives({ type: "KeyCreated", data: { limits: DEFAULT_LIMITS, right: "inference" } })
  })

  it.each([
    ["requestsPerSecond", { requestsPerSecond: 0 }], ["tokensPerMinute", { tokensPerMinute: 2_000_000_000 }], ["spendPerDay", { spendPerDay: -1n }],
    ["models", { models: [] }], ["endpoints", { endpoints: ["chat"] }], ["ipRanges", { ipRanges: ["10.0.0.0/33"] }],
  ] as const)("that make no sense are refused: %s", (limit, changes) => {
    expect(() => none.when(create({ limits: limits(changes) })).events()).toThrow(limit)
    expect(() => known.when(change(changes)).events()).toThrow(limit)
  })

  it("are changed, and the same ones change nothing", () => {
    known.when(change({ spendPerDay: 5n })).gives({ type: "KeyLimitsReplaced", data: { limits: limits({ spendPerDay: 5n }) } })
    known.after(change({ spendPerDay: 5n })).when(change({ spendPerDay: 5n })).changesNothing()
  })

  it("that are not named stay, the network's of a key from before there were limits too", () => {
    const one: ApiKeyCommand = { type: "ChangeKeyLimits", keyId: KEY, limits: { spendPerDay: 5n }, by: null, at: 2 }
    known.after(change({ models: ["a"] })).when(one).gives({ type: "KeyLimitsReplaced", data: { limits: limits({ models: ["a"], spendPerDay: 5n }) } })
    const data = { keyId: KEY, namespaceId: NAMESPACE, mode: "test", name: "old", pepperVersion: 1, digest: "d", at: 1 } as const
    none.given({ type: "KeyCreated", data }).when(one).gives({ type: "KeyLimitsReplaced", data: { limits: { ...DEFAULT_LIMITS, spendPerDay: 5n } } })
  })

  it("of a revoked key stay as they are", () => {
    known.after(revoke).when(change({})).rejects({ _tag: "KeyIsRevoked", keyId: KEY })
  })
})

describe("a key that gives", () => {
  it.each([
    ["requestsPerSecond", { requestsPerSecond: 10 }, { requestsPerSecond: 11 }],
    ["requestsPerSecond", { requestsPerSecond: 10 }, {}],
    ["spendPerMonth", { spendPerMonth: 9n }, { spendPerMonth: 10n }],
    ["models", { models: ["a", "b"] }, { models: ["a", "c"] }],
    ["endpoints", { endpoints: ["/v1/models"] }, {}],
    ["ipRanges", { ipRanges: ["10.0.0.0/8"] }, { ipRanges: ["10.1.0.0/16", "11.0.0.0/8"] }],
    ["expiresAt", { expiresAt: 50 }, { expiresAt: 51 }],
  ] as const)("never gives more than it has of %s", (what, has, gives) => {
    const by = manager(has)
    none.when(create({ by, limits: limits(gives) })).rejects({ _tag: "ExceedsGrantor", what })
    known.when(change(gives, by)).rejects({ _tag: "ExceedsGrantor", what })
  })

  it("gives what it has, and is on record", () => {
    const has = { requestsPerSecond: 10, models: ["a", "b"], ipRanges: ["10.0.0.0/8"], expiresAt: 50 }
    const gives = limits({ requestsPerSecond: 10, models: ["b"], ipRanges: ["10.1.0.0/16"], expiresAt: 49 })
    none.when(create({ by: manager(has), limits: gives })).gives({ type: "KeyCreated", data: { createdBy: MANAGER } })
  })

  it("makes no live key when it is a test key, and no managing one when it does not manage", () => {
    none.when(create({ by: manager(), mode: "live" })).rejects({ _tag: "ExceedsGrantor", what: "mode" })
    none.when(create({ by: { ...manager(), right: "inference" }, right: "manage" })).rejects({ _tag: "ExceedsGrantor", what: "right" })
  })

  it("cannot get more by rotating a key that has more", () => {
    known.when(rotate(manager({ requestsPerSecond: 5 }))).rejects({ _tag: "ExceedsGrantor", what: "requestsPerSecond" })
    known.when(rotate(manager())).gives({ type: "KeyRotated", data: { successorId: NEXT } })
  })
})

describe("a rotation", () => {
  it("names one successor and an end, once", () => {
    known.when(rotate()).gives({ type: "KeyRotated", data: { successorId: NEXT, endsAt: 90 } })
    known.after(rotate()).when(rotate()).changesNothing()
    known.after(rotate()).when(rotate(null, MANAGER)).rejects({ _tag: "KeyAlreadyRotated", keyId: KEY, successorId: NEXT })
  })

  it("is refused for a key that is revoked or was never there", () => {
    known.after(revoke).when(rotate()).rejects({ _tag: "KeyIsRevoked", keyId: KEY })
    none.when(rotate()).rejects({ _tag: "KeyNotFound", keyId: KEY })
  })

  it("keeps the line of keys together", () => {
    none.when(create({ keyId: NEXT, rootKeyId: KEY })).gives({ type: "KeyCreated", data: { keyId: NEXT, rootKeyId: KEY } })
    expect(none.after(create()).state).toMatchObject({ rootKeyId: KEY })
  })
})

describe("a name of a key", () => {
  it("is changed, and the same one changes nothing", () => {
    known.when({ type: "RenameKey", keyId: KEY, name: "ci", at: 2 }).gives({ type: "KeyRenamed", data: { name: "ci" } })
    known.when({ type: "RenameKey", keyId: KEY, name: "laptop", at: 2 }).changesNothing()
    known.when({ type: "RenameKey", keyId: KEY, name: "x".repeat(129), at: 2 }).rejects({ _tag: "InvalidKeyName", longest: 128 })
  })
})

it("a key from before there were limits has the network's configured ones, and asks models only", () => {
  const data = { keyId: KEY, namespaceId: NAMESPACE, mode: "test", name: "old", pepperVersion: 1, digest: "d", at: 1 } as const
  expect(none.given({ type: "KeyCreated", data }).state).toMatchObject({ limits: null, right: "inference", rootKeyId: KEY })
})
