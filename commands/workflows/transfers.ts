import { Effect, Schedule } from "effect"
import { finishTransfer } from "../credit/transfer-credits.ts"
import { Counters } from "../ports/counters.ts"
import { OpenTransfers } from "../ports/open-transfers.ts"

const INTERVAL = "1 second"
/** Per round; what is left over comes in the next. */
const BATCH = 1_000
/** Whoever began it is likely to be at it until then. */
export const TRANSFER_GRACE_MS = 2_000

/** Finishes transfers whose process died between two ledgers. */
export const finishTransfers = Effect.suspend(() => transfersRound(Date.now())).pipe(
  Effect.catchCause((cause) => Effect.logWarning("open transfers were not looked for", cause)),
  Effect.repeat(Schedule.spaced(INTERVAL)),
)

/** One look. What is wrong with one transfer does not keep it from the others. */
export const transfersRound = Effect.fnUntraced(function* (now: number) {
  const open = yield* OpenTransfers
  const counters = yield* Counters
  for (const transfer of yield* open.list(now - TRANSFER_GRACE_MS, BATCH)) {
    yield* finishTransfer(transfer).pipe(
      Effect.map(({ outcome }) => counters.increment("transfers_finished_total", outcome)),
      Effect.catchCause((cause) => {
        counters.increment("transfers_stuck_total")
        return Effect.logWarning(`transfer ${transfer.transferId} of ${transfer.fromNamespaceId} could not be finished`, cause)
      }),
    )
  }
})
