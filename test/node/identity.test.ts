import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { nodeIdentity } from "#infra/identity/node-identity.ts"
import { nodeSignatures } from "#infra/crypto/node-signatures.ts"
import { generateKeyPairSync } from "node:crypto"

const KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

const network = () =>
  nodeSignatures(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"))

describe("a node's identity", () => {
  let folder = ""
  let path = ""
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "identity-"))
    path = join(folder, "node", "identity.json")
  })
  afterEach(() => rm(folder, { recursive: true }))

  it("is made once, for the owner's eyes only, and stays", async () => {
    const [first, second] = await Promise.all([nodeIdentity(path, null), nodeIdentity(path, null)])
    const later = await nodeIdentity(path, null)
    expect(new Set([first.nodeId, second.nodeId, later.nodeId]).size).toBe(1)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it("can be imported as hex, and then is that address in EIP-55 form", async () => {
    const file = join(folder, "key")
    await writeFile(file, `${KEY.slice(2).toUpperCase()}\n`)
    expect((await nodeIdentity(path, file)).nodeId).toBe(ADDRESS)
    expect((await nodeIdentity(path, file)).nodeId).toBe(ADDRESS)
  })

  it("never replaces the key that is there by an imported one", async () => {
    const { nodeId } = await nodeIdentity(path, null)
    const file = join(folder, "key")
    await writeFile(file, KEY)
    await expect(nodeIdentity(path, file)).rejects.toThrow(/another data folder/)
    expect((await nodeIdentity(path, null)).nodeId).toBe(nodeId)
  })

  it.each([["text"], [""], [`0x${"f".repeat(64)}`], [`0x${"0".repeat(64)}`]])("refuses to import %j", async (content) => {
    const file = join(folder, "key")
    await writeFile(file, content)
    await expect(nodeIdentity(path, file)).rejects.toThrow(/64 hex digits/)
  })

  it("says what to do about a damaged file, and does not quote it", async () => {
    await nodeIdentity(path, null)
    const text = await readFile(path, "utf8")
    const { privateKey } = JSON.parse(text) as { privateKey: string }
    await writeFile(path, text.slice(0, -20))
    const failure = await nodeIdentity(path, null).then(() => "", String)
    expect(failure).toMatch(/damaged: restore it from a backup/)
    expect(failure).not.toContain(privateKey.slice(2, 20))
  })

  it("vouches for each session's fresh key by a certificate that the network accepts", async () => {
    const identity = await nodeIdentity(path, null)
    const [one, other] = [await identity.openSession("testnet"), await identity.openSession("testnet")]
    expect(one.certificate.publicKey).not.toBe(other.certificate.publicKey)
    expect(one.sessionId).not.toBe(other.sessionId)
    const { verifyCertificate, verify } = network()
    expect(await verifyCertificate(one.certificate)).toBe(true)
    expect(await verifyCertificate({ ...one.certificate, publicKey: other.certificate.publicKey })).toBe(false)
    expect(await verifyCertificate({ ...one.certificate, environment: "mainnet" })).toBe(false)
    const signed = { publicKey: one.certificate.publicKey, text: "{}", signature: one.sign("{}") }
    expect(verify(signed)).toBe(true)
    expect(verify({ ...signed, text: "{ }" })).toBe(false)
  })
})
