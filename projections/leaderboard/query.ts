import type { ReadDb } from "../read-db.ts"

export interface LeaderboardEntry {
  readonly payee: string
  readonly milliRcp: bigint
  readonly jobs: number
  readonly tokens: number
}

export const leaderboardQueries = (db: ReadDb) => ({
  /** Most points first, ties by name. */
  top: async (limit: number): Promise<readonly LeaderboardEntry[]> => {
    const entries = db.selectFrom("leaderboard").selectAll().orderBy("milli_rcp", "desc").orderBy("payee")
    return (await entries.limit(limit).execute()).map((row) => ({
      payee: row.payee,
      milliRcp: row.milli_rcp,
      jobs: Number(row.jobs),
      tokens: Number(row.tokens),
    }))
  },
})
