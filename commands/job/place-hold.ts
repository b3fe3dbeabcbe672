import { Data, Effect } from "effect"
import { creditLedger, type HoldCredits, type SpendLimits } from "#domain/credit-ledger/index.ts"
import type { JobId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { holdFor, type Quote } from "#domain/policies/pricing.ts"
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

/** The key may not spend so much in this day or month, not even when everything that is held now came back. Micro-credits. */
export class SpendLimitReached extends Data.TaggedError("SpendLimitReached")<{
  readonly period: "day" | "month"
  readonly limit: bigint
  readonly settled: bigint
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
  /** What the key may spend; null: as much as there is. */
  readonly spendLimits: SpendLimits | null
}

export interface WantedHold<Request extends HoldRequest = HoldRequest> {
  readonly input: Request
  readonly quote: Quote
}

/**
 * Places the holds of one request on its ledger, all or none, and says what each pays for. Credits that other requests hold may come
 * back: while they could pay for this one it waits for them, at most `CREDIT_WAIT_MS`. A request that named its limit gets all of it or
 * nothing; one that named none may be shortened by the ledger.
 */
export const placeHolds = Effect.fnUntraced(function* (
  wanted: readonly WantedHold[],
  lease: { readonly at: number; readonly expiresAt: number },
) {
  const { handle } = yield* Commands
  const bus = yield* Bus
  const [first, ...others] = wanted.map((one) => holdCommand(one, lease))
  if (first === undefined) return []
  const { namespaceId, holdId, jobId } = first
  const command = others.length === 0 ? first : ({ type: "HoldCreditsTogether", namespaceId, holds: [first, ...others] } as const)
  const meta = { commandId: `hold/${holdId}/place`, correlationId: jobId }

  /** Null: what is missing may come back. */
  const unlessHopeless = <Failure>(comesBack: boolean, failure: Failure) =>
    comesBack && Date.now() <= lease.at + CREDIT_WAIT_MS ? Effect.succeed(null) : Effect.fail(failure)

  const attempt = handle(creditLedger, namespaceId, command, meta).pipe(
    Effect.map(({ events }) => {
      const placed = new Map(events.flatMap(({ type, data }) => (type === "HoldPlaced" ? [[data.jobId, data.quote] as const] : [])))
      return wanted.map(({ input, quote }) => placed.get(input.jobId) ?? quote)
    }),
    Effect.catchTags({
      InsufficientCredits: ({ available, held, required }) =>
        unlessHopeless(available + held >= required, new InsufficientCredits({ available, held, required })),
      SpendLimitReached: ({ _tag, ...numbers }) =>
        unlessHopeless(numbers.limit - numbers.settled >= numbers.required, new SpendLimitReached(numbers)),
      LedgerIsClosed: () => Effect.fail(new InsufficientCredits({ available: 0n, held: 0n, required: holdFor(first.quote) })),
      StreamBusy: ({ waiting }) => Effect.fail(new NetworkBusy({ reason: `${waiting} requests wait on this balance` })),
      GrantNotPositive: unexpected, GrantConflict: unexpected, HoldConflict: unexpected,
      HoldNotFound: unexpected, HoldAlreadyEnded: unexpected, TransferNotPositive: unexpected, TransferToItself: unexpected,
      TransferConflict: unexpected, TransferNotFound: unexpected, TransferAlreadyEnded: unexpected, LedgerNotEmpty: unexpected,
    }),
  )
  return (yield* attempt) ?? (yield* untilPlaced(attempt, balanceWatch(bus, namespaceId)))
})

const holdCommand = ({ input, quote }: WantedHold, lease: { readonly at: number; readonly expiresAt: number }): HoldCredits => {
  const { jobId, namespaceId, keyId, spendLimits } = input
  const minimumOutputTokens = input.maxOutputTokens === null ? 1 : quote.maxOutputTokens
  return { type: "HoldCredits", namespaceId, holdId: holdIdOf(jobId), jobId, keyId, quote, minimumOutputTokens, spendLimits, ...lease }
}

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
