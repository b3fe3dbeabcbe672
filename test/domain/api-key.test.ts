import { crc32 } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { apiKey, type CreateKey, DEFAULT_LIMITS, formatKey, parseKey, type RevokeKey } from "#domain/api-key/index.ts"
import { KEY, NAMESPACE, OTHER_NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { scenario } from "#test/support/scenario.ts"

const create: CreateKey = {
  type: "CreateKey", keyId: KEY, namespaceId: NAMESPACE, mode: "test", name: "laptop", right: "inference", limits: DEFAULT_LIMITS,
  rootKeyId: KEY, by: null, pepperVersion: 1, digest: "d1", at: 1,
}
const revoke: RevokeKey = { type: "RevokeKey", keyId: KEY, reason: "leaked", at: 2 }
const none = scenario(apiKey)

describe("a key", () => {
  it("is created once", () => {
    none.when(create).gives({ type: "KeyCreated", data: { digest: "d1", namespaceId: NAMESPACE } })
    none.after(create).when(create).changesNothing()
  })

  it("cannot get another secret or another namespace", () => {
    none.after(create).when({ ...create, digest: "d2" }).rejects({ _tag: "KeyExists", keyId: KEY })
    none.after(create).when({ ...create, namespaceId: OTHER_NAMESPACE }).rejects({ _tag: "KeyExists", keyId: KEY })
  })

  it("is revoked once, for a reason", () => {
    none.after(create).when(revoke).gives({ type: "KeyRevoked", data: { reason: "leaked" } })
    none.after(create, revoke).when(revoke).changesNothing()
  })

  it("stays revoked when it is created again", () => {
    const again = none.after(create, revoke)
    again.when(create).changesNothing()
    expect(again.after(create).state.stage).toBe("revoked")
  })

  it("that does not exist cannot be revoked", () => {
    none.when(revoke).rejects({ _tag: "KeyNotFound", keyId: KEY })
  })
})

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".split("")
const base62 = (length: number) =>
  fc.array(fc.constantFrom(...ALPHABET), { minLength: length, maxLength: length }).map((characters) => characters.join(""))
const parts = fc.record({ mode: fc.constantFrom("test" as const, "live" as const), keyId: base62(12), secret: base62(32) })

describe("the text of a key", () => {
  it("ends with the CRC-32 that zlib computes of what stands before", () => {
    fc.assert(
      fc.property(parts, (key) => {
        const body = `rk_${key.mode}_${key.keyId}_${key.secret}`
        expect(formatKey(key)).toBe(`${body}_${crc32(body).toString(16).padStart(8, "0")}`)
      }),
    )
  })

  it("is read back into its parts", () => {
    fc.assert(
      fc.property(parts, (key) => {
        expect(parseKey(formatKey(key))).toEqual(key)
      }),
    )
  })

  it("with any one character changed is not a key", () => {
    const typo = fc.tuple(parts, fc.nat(), fc.constantFrom(...ALPHABET, "_", " ", "-"))
    fc.assert(
      fc.property(typo, ([key, where, character]) => {
        const text = formatKey(key)
        const at = where % text.length
        fc.pre(text[at] !== character)
        expect(parseKey(text.slice(0, at) + character + text.slice(at + 1))).toBeNull()
      }),
    )
  })

  it.each(["", "sk-123", "rk_test_short_secret_00000000", "rk_live__"])("%j is not a key", (text) => {
    expect(parseKey(text)).toBeNull()
  })
})
