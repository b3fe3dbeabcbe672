import { alertsProjection } from "./alerts/project.ts"
import { apiKeysProjection } from "./api-keys/project.ts"
import { balancesProjection } from "./balances/project.ts"
import { batchesProjection } from "./batches/project.ts"
import { contentProjection } from "./content/project.ts"
import { filesProjection } from "./files/project.ts"
import { feedbackProjection } from "./feedback/project.ts"
import { jobsProjection } from "./jobs/project.ts"
import { leaderboardProjection } from "./leaderboard/project.ts"
import { namespacesProjection } from "./namespaces/project.ts"
import { nodesProjection } from "./nodes/project.ts"
import { policiesProjection } from "./policies/project.ts"
import type { Projection } from "./projection.ts"
import { requestsProjection } from "./requests/project.ts"
import { statementProjection } from "./statement/project.ts"
import { usageProjection } from "./usage/project.ts"
import { webhooksProjection } from "./webhooks/project.ts"

/** Every relational read model there is. */
export const readModels: readonly Projection[] = [
  namespacesProjection,
  apiKeysProjection,
  policiesProjection,
  balancesProjection,
  statementProjection,
  usageProjection,
  jobsProjection,
  batchesProjection,
  contentProjection,
  webhooksProjection,
  alertsProjection,
  filesProjection,
  nodesProjection,
  requestsProjection,
  feedbackProjection,
  leaderboardProjection,
]
