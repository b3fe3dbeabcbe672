import type { DocumentStore } from "#projections/sinks/mongo.ts"
import type { PlatformConfig } from "../config/platform-config.ts"
import { required } from "../config/required.ts"

export interface InferenceLogStore extends DocumentStore {
  readonly close: () => Promise<void>
}

/** Where the inference log's documents are, or null where this platform has no MongoDB. */
export const openInferenceLog = async (config: PlatformConfig, name: string): Promise<InferenceLogStore | null> => {
  if (config.contentStore !== "mongo") return null
  const [{ openMongo }, { prepareCollections }] = await Promise.all([import("../mongo/connect.ts"), import("../mongo/collections.ts")])
  const link = await openMongo(required(config, "mongoUrl"), { name })
  return { db: link.db, prepare: (collections) => prepareCollections(link, collections), close: link.close }
}
