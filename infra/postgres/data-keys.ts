import type pg from "pg"
import type { WrappedKey } from "../crypto/data-keys.ts"
import { ridingOutRestarts } from "./connection-retry.ts"

interface KeyRow {
  readonly key_id: string
  readonly wrapped: Buffer
}

const CREATE = `with made as (
    insert into content.data_keys (namespace_id, key_id, wrapped) values ($1, $2, $3)
    on conflict (namespace_id) do nothing returning key_id, wrapped)
  select key_id, wrapped from made
  union all select key_id, wrapped from content.data_keys where namespace_id = $1 limit 1`

/** The namespace's stored key, the given one when there was none. */
export const findOrMakeKey = async (pool: pg.Pool, namespaceId: string, made: WrappedKey): Promise<WrappedKey> => {
  for (;;) {
    const values = [namespaceId, made.id, made.wrapped]
    const { rows } = await ridingOutRestarts(() => pool.query<KeyRow>({ name: "content-key", text: CREATE, values }))
    // None: another process made one after this statement's snapshot, and the next statement sees it.
    const row = rows[0]
    if (row !== undefined) return { id: row.key_id, wrapped: row.wrapped }
  }
}
