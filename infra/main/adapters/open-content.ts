import type { ContentStoreShape } from "#commands/ports/content-store.ts"
import { DEFAULT_RETENTION_MS, postgresContentStore } from "../../postgres/content-store.ts"
import type { Check } from "../readiness.ts"
import type { DistributedParts } from "./distributed.ts"

interface OpenedContent {
  readonly content: ContentStoreShape & { readonly purgeExpired: () => Promise<number> }
  readonly check: Readonly<Record<string, Check>>
}

export const openContent = async ({ pool, secrets }: DistributedParts): Promise<OpenedContent> => {
  const content = postgresContentStore(pool, { rootKey: secrets.contentRootKey, retentionMs: DEFAULT_RETENTION_MS, now: Date.now })
  return { content, check: {} }
}
