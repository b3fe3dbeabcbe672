import { defineTable, type RowOf } from "../table-definition.ts"

/** One row per payee. `jobs` counts paid jobs to which the payee's nodes delivered, `tokens` what they delivered. */
export const leaderboard = defineTable("leaderboard", {
  key: { payee: "text" },
  columns: { milli_rcp: "int", jobs: "int", tokens: "int" },
  indexes: [{ columns: ["milli_rcp"], where: null }],
})

export interface LeaderboardTables {
  readonly leaderboard: RowOf<typeof leaderboard>
}
