import type { ContentStoreShape } from "#commands/ports/content-store.ts"
import { required } from "../../config/required.ts"
import { DEFAULT_RETENTION_MS, postgresContentStore } from "../../postgres/content-store.ts"
import type { DataFolder } from "../data-folder.ts"
import type { Check } from "../readiness.ts"

interface OpenedContent {
  readonly content: ContentStoreShape
  /** Of an engine that nothing else here uses. */
  readonly checks: Readonly<Record<string, Check>>
}

export interface ContentParts extends Pick<DataFolder, "config" | "pool" | "secrets"> {
  /** What servers call this process. */
  readonly name: string
  /** To be called when the process ends. */
  readonly onClose: (step: () => Promise<void>) => void
}

/** Prompts and answers. */
export const openContent = async ({ config, pool, secrets, name, onClose }: ContentParts): Promise<OpenedContent> => {
  const options = { rootKey: secrets.contentRootKey, retentionMs: DEFAULT_RETENTION_MS, now: Date.now }
  if (config.contentStore === "postgres") return { content: postgresContentStore(pool, options), checks: {} }
  const [{ openMongo }, { mongoContentStore }] = await Promise.all([import("../../mongo/connect.ts"), import("../../mongo/content-store.ts")])
  const mongo = await openMongo(required(config, "mongoUrl"), { name })
  onClose(mongo.close)
  return { content: await mongoContentStore(mongo, options), checks: { mongo: mongo.ping } }
}
