import { Data, Effect } from "effect"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { JobId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { Quote } from "#domain/policies/pricing.ts"
import { ledgerTap } from "#domain/protocol/bus-messages.ts"
import { Commands } from "../handle.ts"
import { holdIdOf } from "../ids.ts"
import { Bus, type BusShape } from "../ports/bus.ts"
import { CREDIT_POLL_MS, CREDIT_WAIT_MS } from "./limits.ts"

/** The balance does not pay for this request, not even with everything that is held now. Micro-credits. */
export class InsufficientCredits extends Data.TaggedError("InsufficientCredits")<{
  readonly available: bigint
  readonly held: bigint
  readonly required: bigint
}> {}

/** Too many requests wait on this balance already. */
export class NetworkBusy extends Data.TaggedError("NetworkBusy")<{ readonly reason: string }> {}

export interface HoldRequest {
  readonly jobId: JobId
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  readonly maxOutputTokens: number | null
}

/**
 * Places the hold. Credits that other requests hold may come back: while they could pay for this one it waits for them, at most
 * `CREDIT_WAIT_MS`. A request that named its limit gets all of it or nothing; one that named none may be shortened by the ledger.
 */
export const placeHold = Effect.fnUntraced(function* (
  request: HoldRequest,
  wanted: Quote,
  lease: { readonly at: number; readonly expiresAt: number },
) {
  const { handle } = yield* Commands
  const bus = yield* Bus
  const { jobId, namespaceId, keyId } = request
  const holdId = holdIdOf(jobId)
  const minimumOutputTokens = request.maxOutputTokens === null ? 1 : wanted.maxOutputTokens
  const command = { type: "HoldCredits", namespaceId, holdId, jobId, keyId, quote: wanted, minimumOutputTokens, ...lease } as const
  const meta = { commandId: `hold/${holdId}/place`, correlationId: jobId }

  const attempt = handle(creditLedger, namespaceId, command, meta).pipe(
    Effect.map(({ events }) => events.find((event) => event.type === "HoldPlaced")?.data.quote ?? wanted),
    Effect.catchTags({
      InsufficientCredits: ({ available, held, required }) => {
        const hopeless = available + held < required || Date.now() > lease.at + CREDIT_WAIT_MS
        return hopeless ? Effect.fail(new InsufficientCredits({ available, held, required })) : Effect.succeed(null)
      },
      StreamBusy: ({ waiting }) => Effect.fail(new NetworkBusy({ reason: `${waiting} requests wait on this balance` })),
      GrantNotPositive: unexpected, GrantConflict: unexpected, HoldConflict: unexpected,
      HoldNotFound: unexpected, HoldAlreadyEnded: unexpected,
    }),
  )
  return (yield* attempt) ?? (yield* untilPlaced(attempt, balanceWatch(bus, namespaceId)))
})

const untilPlaced = <Placed, Failure>(attempt: Effect.Effect<Placed | null, Failure>, watch: BalanceWatch) =>
  Effect.gen(function* () {
    while (true) {
      watch.reset()
      const placed = yield* attempt
      if (placed !== null) return placed
      yield* watch.changed
    }
  }).pipe(Effect.ensuring(Effect.sync(watch.stop)))

const unexpected = (rejection: { readonly _tag: string }) =>
  Effect.die(new Error(`a fresh hold was refused: ${rejection._tag}`))

interface BalanceWatch {
  readonly reset: () => void
  /** Completes at the first change since `reset`, or after `CREDIT_POLL_MS`. */
  readonly changed: Effect.Effect<void>
  readonly stop: () => void
}

const balanceWatch = (bus: BusShape, namespaceId: NamespaceId): BalanceWatch => {
  let moved = false
  let wake = () => {}
  const stop = bus.subscribe(ledgerTap(namespaceId), () => {
    moved = true
    wake()
  })
  const changed = Effect.callback<void>((resume) => {
    if (moved) return resume(Effect.void)
    const done = () => {
      clearTimeout(timer)
      wake = () => {}
      resume(Effect.void)
    }
    const timer = setTimeout(done, CREDIT_POLL_MS)
    wake = done
  })
  return { reset: () => (moved = false), changed, stop }
}
