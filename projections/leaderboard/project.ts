import { defineProjection } from "../projection.ts"
import { add } from "../writes.ts"
import { leaderboard } from "./table.ts"

export const leaderboardProjection = defineProjection({
  name: "leaderboard",
  version: 1,
  tables: [leaderboard],
  rules: {
    HoldSettled: ({ data: { shares } }) => {
      const payees = new Set(shares.map((share) => share.payee))
      return [...payees].map((payee) => {
        const tokens = shares.reduce((sum, share) => (share.payee === payee ? sum + BigInt(share.tokens) : sum), 0n)
        return add(leaderboard, { payee }, { jobs: 1n, tokens })
      })
    },
    RcpAwarded: ({ data: { payee, amount } }) => [add(leaderboard, { payee }, { milli_rcp: amount })],
  },
})
