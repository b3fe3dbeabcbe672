import { randomBytes } from "node:crypto"
import { chmod, link, mkdir, open, readFile, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { Result, Schema } from "effect"
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts"
import { IdentityUnusable } from "#node/ports/identity.ts"

const KEY = /^0x[0-9a-f]{64}$/
const OWNER_ONLY = 0o600

const IdentityFile = Schema.Struct({ address: Schema.String, privateKey: Schema.String.check(Schema.isPattern(KEY)) })
const decode = Schema.decodeUnknownResult(Schema.fromJsonString(IdentityFile))

type PrivateKey = `0x${string}`

/**
 * The EVM account in the file at `path`, made at first use: by importing the key in the file `importFrom`, or at random. Of processes
 * that come at once, one makes it and all get the same. An import that contradicts what is there is refused, never replaced.
 */
export const loadEvmAccount = async (path: string, importFrom: string | null): Promise<PrivateKeyAccount> => {
  const imported = importFrom === null ? null : await readImport(importFrom)
  const present = await readIfThere(path)
  if (present === null) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await createOnce(path, imported ?? generatePrivateKey())
  }
  const account = parse(path, present ?? (await readFile(path, "utf8")))
  await chmod(path, OWNER_ONLY)
  if (imported !== null && privateKeyToAccount(imported).address !== account.address) {
    throw new IdentityUnusable({
      message: `${path} already makes this node ${account.address}, and the key to import is another node's: use another data folder`,
    })
  }
  return account
}

const readIfThere = (path: string): Promise<string | null> =>
  readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null
    throw new IdentityUnusable({ message: `cannot read ${path}: ${cause.code ?? "unknown error"}` })
  })

/** A private key in hex, with or without 0x, or a file like the one this module writes. */
const readImport = async (path: string): Promise<PrivateKey> => {
  const text = await readIfThere(path)
  if (text === null) throw new IdentityUnusable({ message: `${path}, the key to import, is not there` })
  const decoded = decode(text)
  const hex = (Result.isSuccess(decoded) ? decoded.success.privateKey : text).trim().toLowerCase().replace(/^0x/, "")
  const key = `0x${hex}` as const
  if (!KEY.test(key) || !isOnCurve(key)) {
    throw new IdentityUnusable({ message: `${path} holds no EVM private key: 64 hex digits are expected` })
  }
  return key
}

const isOnCurve = (key: PrivateKey): boolean => {
  try {
    privateKeyToAccount(key)
    return true
  } catch {
    return false
  }
}

const parse = (path: string, text: string): PrivateKeyAccount => {
  const damaged = new IdentityUnusable({
    message: `${path} is damaged: restore it from a backup, or remove it and join as a new node`,
  })
  const decoded = decode(text)
  // The decoder's own message would quote the file.
  if (Result.isFailure(decoded)) throw damaged
  const key = `0x${decoded.success.privateKey.slice(2)}` as const
  if (!isOnCurve(key)) throw damaged
  const account = privateKeyToAccount(key)
  if (account.address !== decoded.success.address) throw damaged
  return account
}

/** A whole, synced file appears under `path`, unless another process was first: link(2), unlike rename(2), never replaces. */
const createOnce = async (path: string, privateKey: PrivateKey): Promise<void> => {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`
  const { address } = privateKeyToAccount(privateKey)
  try {
    const file = await open(draft, "wx", OWNER_ONLY)
    await file.writeFile(`${JSON.stringify({ address, privateKey }, null, 2)}\n`)
    await file.sync()
    await file.close()
    await link(draft, path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause
    })
  } finally {
    await rm(draft, { force: true })
  }
}
