import { NodeId, SessionId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { NodeTables } from "./table.ts"

export interface NodeModelView {
  readonly name: string
  /** SHA-256 of the model file, hex. */
  readonly hash: string
  readonly contextLength: number
}

export interface NodeView {
  readonly nodeId: NodeId
  readonly environment: string
  /** The open session, or null when the node is offline. */
  readonly session: { readonly sessionId: SessionId; readonly openedAt: number; readonly version: string } | null
  readonly slots: number
  /** Active in the open session; `[]` when offline. */
  readonly models: readonly NodeModelView[]
  readonly jobsDone: number
  readonly failedAttempts: number
  /** Delivered and paid. */
  readonly tokens: number
  /** Micro-credits. */
  readonly earned: bigint
  readonly milliRcp: bigint
  readonly registeredAt: number
  readonly lastChangeAt: number
  /** What changed last: `opened`, `closed: <reason>`, … */
  readonly lastChange: string
}

type ModelRow = Pick<NodeTables["node_models"], "node_id" | "model" | "hash" | "context_length">

const view = (
  row: NodeTables["nodes"] & { readonly failed_attempts: bigint },
  models: readonly ModelRow[],
): NodeView => ({
  nodeId: NodeId.make(row.node_id),
  environment: row.environment,
  session:
    row.session_id === null
      ? null
      : { sessionId: SessionId.make(row.session_id), openedAt: Number(row.session_opened_at), version: row.version ?? "" },
  slots: Number(row.slots),
  models: models
    .filter((model) => model.node_id === row.node_id)
    .map((model) => ({ name: model.model, hash: model.hash, contextLength: Number(model.context_length) })),
  jobsDone: Number(row.jobs_done),
  failedAttempts: Number(row.failed_attempts),
  tokens: Number(row.tokens),
  earned: row.earned,
  milliRcp: row.milli_rcp,
  registeredAt: Number(row.registered_at),
  lastChangeAt: Number(row.last_change_at),
  lastChange: row.last_change,
})

const withFailures = (db: ReadDb) =>
  db
    .selectFrom("nodes")
    .leftJoin("node_attempts", (on) =>
      on.onRef("node_attempts.node_id", "=", "nodes.node_id").on("node_attempts.failure", "is not", null),
    )
    .selectAll("nodes")
    .select((on) => on.fn.count<bigint>("node_attempts.attempt_id").as("failed_attempts"))
    .groupBy("nodes.node_id")

const activeModels = (db: ReadDb) =>
  db
    .selectFrom("node_models")
    .innerJoin("nodes", (on) =>
      on.onRef("nodes.node_id", "=", "node_models.node_id").onRef("nodes.session_id", "=", "node_models.session_id"),
    )
    .select(["node_models.node_id", "node_models.model", "node_models.hash", "node_models.context_length"])
    .orderBy("node_models.model")

export const nodeQueries = (db: ReadDb) => ({
  /** In the order in which they registered. */
  list: async (): Promise<readonly NodeView[]> => {
    const rows = await withFailures(db).orderBy("nodes.position").execute()
    const models = await activeModels(db).execute()
    return rows.map((row) => view(row, models))
  },
  find: async (nodeId: string): Promise<NodeView | null> => {
    const row = await withFailures(db).where("nodes.node_id", "=", nodeId).executeTakeFirst()
    if (row === undefined) return null
    return view(row, await activeModels(db).where("node_models.node_id", "=", nodeId).execute())
  },
  /** Sessions without an end, oldest first. */
  openSessions: async (limit: number): Promise<readonly { readonly nodeId: NodeId; readonly sessionId: SessionId }[]> => {
    const open = db.selectFrom("nodes").select(["node_id", "session_id"]).where("session_id", "is not", null)
    const rows = await open.orderBy("session_opened_at").limit(limit).execute()
    return rows.flatMap(({ node_id, session_id }) =>
      session_id === null ? [] : [{ nodeId: NodeId.make(node_id), sessionId: SessionId.make(session_id) }],
    )
  },
  countRegistered: async (): Promise<number> => {
    const count = db.selectFrom("nodes").select((on) => on.fn.countAll<bigint>().as("nodes"))
    return Number((await count.executeTakeFirst())?.nodes ?? 0)
  },
  /** Whether some node ever activated a model of that name. */
  modelKnown: async (name: string): Promise<boolean> =>
    (await db.selectFrom("known_models").select("name").where("name", "=", name).executeTakeFirst()) !== undefined,
  /** Names of all models that some node ever activated. */
  knownModels: async (): Promise<readonly NodeModelView[]> => {
    const rows = await db.selectFrom("known_models").selectAll().orderBy("name").execute()
    return rows.map((row) => ({ name: row.name, hash: row.hash, contextLength: Number(row.context_length) }))
  },
})
