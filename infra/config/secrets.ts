import { generateKeyPairSync, randomBytes } from "node:crypto"
import { link, mkdir, open, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { inspect } from "node:util"
import { Data, Result, Schema } from "effect"

const SecretsFile = Schema.Struct({
  postgresPassword: Schema.NonEmptyString,
  /** 32 bytes, base64. */
  contentRootKey: Schema.NonEmptyString,
  keyPepper: Schema.Struct({ version: Schema.Int, value: Schema.NonEmptyString }),
  /** ed25519 private key, PKCS8, base64. */
  networkKey: Schema.NonEmptyString,
  adminToken: Schema.NonEmptyString,
})

export interface Secrets {
  readonly postgresPassword: string
  /** 32 bytes; wraps every namespace's data key. */
  readonly contentRootKey: Buffer
  readonly keyPepper: { readonly version: number; readonly value: string }
  /** ed25519 private key, PKCS8 DER in base64. */
  readonly networkKey: string
  readonly adminToken: string
}

/** `secrets.json` is there and cannot be used. */
export class SecretsUnreadable extends Data.TaggedError("SecretsUnreadable")<{ readonly message: string }> {}

export const ROOT_KEY_BYTES = 32
const SECRET_BYTES = 32

/** The data folder's secrets, made at first use. Of processes that come at once, one makes them and all get the same. */
export const loadSecrets = async (dataDir: string): Promise<Secrets> => {
  const path = join(dataDir, "secrets.json")
  const present = await readIfThere(path)
  if (present !== null) return parse(path, present)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await createOnce(dataDir, path, JSON.stringify(newSecrets(), null, 2))
  return parse(path, await readFile(path, "utf8"))
}

/** The text of a new secrets file, for a platform whose processes do not share a data folder. */
export const newSecretsFile = (): string => `${JSON.stringify(newSecrets(), null, 2)}\n`

/** Secrets that somebody else made and keeps; never made here, or two processes would have different ones. */
export const readSecretsFile = async (path: string): Promise<Secrets> => {
  const present = await readIfThere(path)
  if (present === null) throw new SecretsUnreadable({ message: `${path} is not there: make one with \`resultity config secrets\`` })
  return parse(path, present)
}

const newSecrets = (): typeof SecretsFile.Type => ({
  postgresPassword: randomBytes(SECRET_BYTES).toString("base64url"),
  contentRootKey: randomBytes(ROOT_KEY_BYTES).toString("base64"),
  keyPepper: { version: 1, value: randomBytes(SECRET_BYTES).toString("base64") },
  networkKey: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  adminToken: randomBytes(SECRET_BYTES).toString("base64url"),
})

/** A whole, synced file appears under `path`, unless another process was first: link(2), unlike rename(2), never replaces. */
const createOnce = async (folder: string, path: string, text: string): Promise<void> => {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`
  try {
    const file = await open(draft, "wx", 0o600)
    await file.writeFile(`${text}\n`)
    await file.sync()
    await file.close()
    await link(draft, path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause
    })
    const directory = await open(folder, "r")
    await directory.sync()
    await directory.close()
  } finally {
    await rm(draft, { force: true })
  }
}

const readIfThere = (path: string): Promise<string | null> =>
  readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null
    throw new SecretsUnreadable({ message: `cannot read ${path}: ${cause.code ?? "unknown error"}` })
  })

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(SecretsFile))

const parse = (path: string, text: string): Secrets => {
  const decoded = decode(text)
  // The decoder's own message would quote the file.
  if (Result.isFailure(decoded)) throw new SecretsUnreadable({ message: `${path} is damaged: restore it from a backup` })
  const contentRootKey = Buffer.from(decoded.success.contentRootKey, "base64")
  if (contentRootKey.length !== ROOT_KEY_BYTES) throw new SecretsUnreadable({ message: `${path} is damaged: wrong key length` })
  return hidden({ ...decoded.success, contentRootKey })
}

/** A secret that gets into a log line or a JSON reply by mistake shows as this word. */
const hidden = (secrets: Secrets): Secrets =>
  Object.defineProperties(secrets, {
    toJSON: { value: () => "[secrets]", enumerable: false },
    [inspect.custom]: { value: () => "[secrets]", enumerable: false },
  })
