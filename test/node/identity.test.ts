import { generateKeyPairSync } from "node:crypto"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { nodeSignatures } from "#infra/crypto/node-signatures.ts"
import { loadEvmKey } from "#infra/identity/evm-key.ts"
import { nodeIdentity } from "#infra/identity/node-identity.ts"

/** The second account of every Ethereum development chain. */
const KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

const network = () =>
  nodeSignatures(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"))

describe("a node's identity", () => {
  let folder = ""
  const identityFile = () => join(folder, "node", "identity.json")
  const keyFile = async (content: string): Promise<string> => {
    const file = join(folder, "key")
    await writeFile(file, content)
    return file
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "identity-"))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it("is made once, for the owner's eyes only, and stays", async () => {
    const [first, second] = await Promise.all([loadEvmKey(folder), loadEvmKey(folder)])
    const later = await loadEvmKey(folder)
    expect(new Set([first.address, second.address, later.address]).size).toBe(1)
    expect((await stat(identityFile())).mode & 0o777).toBe(0o600)
  })

  it("can be imported as hex, and then is that address in EIP-55 form", async () => {
    const file = await keyFile(`${KEY.slice(2).toUpperCase()}\n`)
    expect(nodeIdentity(await loadEvmKey(folder, file)).nodeId).toBe(ADDRESS)
    expect(nodeIdentity(await loadEvmKey(folder, file)).nodeId).toBe(ADDRESS)
    expect(nodeIdentity(await loadEvmKey(folder)).nodeId).toBe(ADDRESS)
  })

  it("never replaces the key that is there by an imported one", async () => {
    const { address } = await loadEvmKey(folder)
    await expect(loadEvmKey(folder, await keyFile(KEY))).rejects.toThrow(/another --data folder/)
    expect((await loadEvmKey(folder)).address).toBe(address)
  })

  it.each([["text"], [""], [`0x${"f".repeat(64)}`], [`0x${"0".repeat(64)}`]])("refuses to import %j", async (content) => {
    await expect(loadEvmKey(folder, await keyFile(content))).rejects.toThrow(/private key/)
    await expect(stat(identityFile())).rejects.toThrow(/ENOENT/)
  })

  it("says what to do about a damaged file, and does not quote it", async () => {
    await loadEvmKey(folder)
    const text = await readFile(identityFile(), "utf8")
    const { privateKey } = JSON.parse(text) as { privateKey: string }
    await writeFile(identityFile(), text.slice(0, -20))
    const failure = await loadEvmKey(folder).then(() => "", String)
    expect(failure).toMatch(/damaged: restore it from a backup/)
    expect(failure).not.toContain(privateKey.slice(2, 20))
  })

  it("vouches for each session's fresh key by a certificate that the network accepts", async () => {
    const identity = nodeIdentity(await loadEvmKey(folder))
    const one = await Effect.runPromise(identity.newSession("testnet"))
    const other = await Effect.runPromise(identity.newSession("testnet"))
    expect(one.certificate.publicKey).not.toBe(other.certificate.publicKey)
    expect(one.certificate.sessionId).not.toBe(other.certificate.sessionId)
    const { verifyCertificate, verify } = network()
    expect(await verifyCertificate(one.certificate)).toBe(true)
    expect(await verifyCertificate({ ...one.certificate, publicKey: other.certificate.publicKey })).toBe(false)
    expect(await verifyCertificate({ ...one.certificate, environment: "mainnet" })).toBe(false)
    const signed = { publicKey: one.certificate.publicKey, text: "{}", signature: one.sign("{}") }
    expect(verify(signed)).toBe(true)
    expect(verify({ ...signed, text: "{ }" })).toBe(false)
  })
})
