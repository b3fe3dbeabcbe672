import { describe, expect, it } from "vitest"
import { keyDigest } from "#infra/crypto/key-digest.ts"
import { keyMinter } from "#infra/crypto/key-minter.ts"

const [old, current] = [
  { version: 1, value: Buffer.from("old pepper").toString("base64") },
  { version: 2, value: Buffer.from("new pepper").toString("base64") },
]

describe("the digest of a key", () => {
  const digests = keyDigest([old, current])

  it("matches what the minter sealed, under the old pepper and the new one", () => {
    for (const pepper of [old, current]) {
      expect(digests.matches({ secret: "s3cret", ...keyMinter(pepper).seal("s3cret") })).toBe(true)
    }
  })

  it("does not match another secret, another pepper, an unknown version or a damaged digest", () => {
    const sealed = keyMinter(old).seal("s3cret")
    expect(digests.matches({ secret: "S3cret", ...sealed })).toBe(false)
    expect(digests.matches({ secret: "s3cret", ...sealed, pepperVersion: 2 })).toBe(false)
    expect(digests.matches({ secret: "s3cret", ...sealed, pepperVersion: 3 })).toBe(false)
    for (const digest of ["", "zz", sealed.digest.slice(2), `${sealed.digest}00`]) {
      expect(digests.matches({ secret: "s3cret", ...sealed, digest })).toBe(false)
    }
  })
})
