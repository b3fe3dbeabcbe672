import { Effect } from "effect"
import { OpenTransfersUnavailable, type OpenTransfersShape } from "#commands/ports/open-transfers.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import type { ReadDb } from "#projections/read-db.ts"

/** The open_transfers read model, as the watchdog sees it. */
export const openTransfersOf = (db: ReadDb): OpenTransfersShape => ({
  list: (sentBefore, limit) =>
    Effect.tryPromise({
      try: () => balanceQueries(db).openTransfers({ sentBefore, limit }),
      catch: (cause) => new OpenTransfersUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }),
    }),
})
