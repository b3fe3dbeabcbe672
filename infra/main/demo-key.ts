import { Effect, Result, Schema } from "effect"
import { readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { apiKey, NO_LIMITS } from "#domain/api-key/index.ts"
import { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { createKey } from "#commands/api-key/create-key.ts"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { Commands } from "#commands/handle.ts"
import { newAccountId, newNamespaceId } from "#commands/ids.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import type { DataFolder } from "./data-folder.ts"

const DemoKey = Schema.Struct({ note: Schema.String, apiKey: Schema.String, keyId: KeyId, namespaceId: NamespaceId })
export type DemoKey = typeof DemoKey.Type

const NOTE = "Local demo key of this data folder: worth nothing elsewhere. The log keeps only its keyed hash, this file lets `resultity up` show it again."
/** What the demo namespace starts with, in micro-credits. */
export const DEMO_CREDITS = 10_000_000n
const OWNER_ONLY = 0o600

/** The demo namespace's key: the same at every start, made with its namespace and first credits at the first one. */
export const demoKey = async (folder: DataFolder): Promise<DemoKey> => {
  const path = pathIn(folder)
  const known = await readDemoKey(folder)
  if (known !== null && (await isActive(folder, known.keyId))) return known
  const made = await makeDemoKey(folder)
  // Renamed into place: a crash leaves the whole file or none.
  await writeFile(`${path}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: OWNER_ONLY })
  await rename(`${path}.new`, path)
  return made
}

/** Revoked, or of a log that was thrown away: then there must be a new one. */
const isActive = async (folder: DataFolder, keyId: KeyId): Promise<boolean> =>
  (await folder.run(Effect.flatMap(Commands, ({ load }) => load(apiKey, keyId)))).stage === "active"

const pathIn = ({ dir }: DataFolder): string => join(dir, "demo-key.json")

/** The demo key as it was last shown, or null where `up` never ran. */
export const readDemoKey = async (folder: DataFolder): Promise<DemoKey | null> => {
  const text = await readFile(pathIn(folder), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null
    throw error
  })
  if (text === null) return null
  const decoded = Schema.decodeUnknownResult(Schema.fromJsonString(DemoKey))(text)
  return Result.isSuccess(decoded) ? decoded.success : null
}

const makeDemoKey = async (folder: DataFolder): Promise<DemoKey> => {
  const namespaceId = newNamespaceId()
  await folder.run(createNamespace({ accountId: newAccountId(), name: "demo", namespaceId }))
  await folder.run(grantCredits({ namespaceId, grantId: "demo", amount: DEMO_CREDITS, reason: "demo credits at first start" }))
  // No limits: whoever has the folder has the machine.
  const demo = { namespaceId, mode: "test", name: "demo", right: "inference", limits: NO_LIMITS, by: null, keyId: null, rootKeyId: null } as const
  const { apiKey: key, keyId } = await folder.run(createKey(demo))
  if (key === null) throw new Error("a new key was there already")
  return { note: NOTE, apiKey: key, keyId, namespaceId }
}
