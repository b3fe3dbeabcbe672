import type { Kysely } from "kysely"
import type { AlertTables } from "./alerts/table.ts"
import type { ApiKeyTables } from "./api-keys/table.ts"
import type { BalanceTables } from "./balances/table.ts"
import type { ContentTables } from "./content/table.ts"
import type { FileTables } from "./files/table.ts"
import type { FeedbackTables } from "./feedback/table.ts"
import type { JobTables } from "./jobs/table.ts"
import type { LeaderboardTables } from "./leaderboard/table.ts"
import type { NamespaceTables } from "./namespaces/table.ts"
import type { NodeTables } from "./nodes/table.ts"
import type { PolicyTables } from "./policies/table.ts"
import type { RequestTables } from "./requests/table.ts"
import type { BatchTables } from "./batches/table.ts"
import type { CheckpointTables } from "./sinks/checkpoint-table.ts"
import type { StatementTables } from "./statement/table.ts"
import type { UsageTables } from "./usage/table.ts"
import type { WebhookTables } from "./webhooks/table.ts"

export interface ReadTables
  extends AlertTables, ApiKeyTables, BalanceTables, BatchTables, CheckpointTables, ContentTables, FeedbackTables, FileTables, JobTables, LeaderboardTables, NamespaceTables, NodeTables,
    PolicyTables, RequestTables, StatementTables, UsageTables, WebhookTables {}

/** The relational read models. Its tables are those of one schema: `read` for the live ones. 64-bit integers arrive as `bigint`. */
export type ReadDb = Kysely<ReadTables>

/** Where the live tables are. */
export const LIVE_SCHEMA = "read"
