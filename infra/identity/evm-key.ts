import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Data, Result, Schema } from "effect"
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts"
import { createPrivate, readPrivate } from "./private-file.ts"

const PRIVATE_KEY = /^0x[0-9a-f]{64}$/
const IdentityFile = Schema.Struct({ privateKey: Schema.String.check(Schema.isPattern(PRIVATE_KEY)) })
const decode = Schema.decodeUnknownResult(Schema.fromJsonString(IdentityFile))

/** The node's key cannot be had; `message` says what to do and holds nothing of a key. */
export class IdentityUnreadable extends Data.TaggedError("IdentityUnreadable")<{ readonly message: string }> {}

/**
 * The node's EVM key from `<dataDir>/node/identity.json`, made there at first launch, or taken at first launch from the hex in
 * `importFile`. What is returned can sign, and does not show the key.
 */
export const loadEvmKey = async (dataDir: string, importFile?: string): Promise<PrivateKeyAccount> => {
  const path = join(dataDir, "node", "identity.json")
  const wanted = importFile === undefined ? null : await readHexKey(importFile)
  const present = await readPrivate(path)
  if (present === null) await createPrivate(path, `${JSON.stringify({ privateKey: wanted ?? generatePrivateKey() })}\n`)
  const account = accountIn(path, present ?? (await readPrivate(path)))
  if (wanted === null || account.address === privateKeyToAccount(wanted).address) return account
  throw new IdentityUnreadable({
    message: `${path} already holds another identity, ${account.address}; use another --data folder, or move that file away`,
  })
}

const accountIn = (path: string, text: string | null): PrivateKeyAccount => {
  const decoded = decode(text)
  // The decoder's own message would quote the file.
  if (Result.isFailure(decoded)) throw new IdentityUnreadable({ message: `${path} is damaged: restore it from a backup` })
  return accountOf(path, decoded.success.privateKey)
}

const accountOf = (path: string, key: string): PrivateKeyAccount => {
  try {
    return privateKeyToAccount(asHex(key))
  } catch {
    throw new IdentityUnreadable({ message: `${path} holds no secp256k1 private key` })
  }
}

const readHexKey = async (path: string): Promise<`0x${string}`> => {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new IdentityUnreadable({ message: `cannot read ${path}: ${cause.code ?? "unknown error"}` })
  })
  const key = `0x${text.trim().toLowerCase().replace(/^0x/, "")}`
  if (!PRIVATE_KEY.test(key)) throw new IdentityUnreadable({ message: `${path} must hold one private key: 64 hex digits` })
  accountOf(path, key)
  return asHex(key)
}

const asHex = (key: string): `0x${string}` => `0x${key.slice(2)}`
