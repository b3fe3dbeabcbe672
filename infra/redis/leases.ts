import { randomUUID } from "node:crypto"
import { Deferred, Effect } from "effect"
import { type Lease, type LeasesShape, LeasesUnavailable } from "#commands/ports/leases.ts"
import { reasonOf, type RedisLink } from "./connect.ts"
import { acquireLease, extendLease, releaseLease } from "./lease-scripts.ts"
import { runScript } from "./script.ts"

/** How soon a waiting process takes over from one that is gone. */
const ACQUIRE_POLL_MS = 100
/** Renewals per ttl: two may fail and the third still comes in time. */
const RENEWALS_PER_TTL = 4
/** Part of the ttl by which we stop before the server does: clocks run at different speeds, and a write takes time to arrive. */
const SAFETY_PART = 0.1

export interface RedisLeasesOptions {
  /** In front of every key. */
  readonly prefix: string
}

interface Held extends Lease {
  readonly ttlMs: number
  /** `null` when the server could not be asked: nothing is known, the old end stays. */
  readonly renewed: (mine: boolean | null, askedAt: number) => void
  readonly leftMs: () => number
  /** It is about to be given back. */
  readonly end: () => void
}

/**
 * Leases as keys that expire by themselves on the server. One that has forgotten them (a flush, a restart) gives none for a ttl:
 * meanwhile whoever held one still does, and says so when it renews.
 */
export const redisLeases = ({ commands }: RedisLink, { prefix }: RedisLeasesOptions): LeasesShape => {
  const holderOf = (name: string): string => `${prefix}lease:{${name}}`
  const sinceOf = (name: string): string => `${holderOf(name)}:since`

  const tryAcquire = async (name: string, token: string, ttlMs: number): Promise<Held | null> => {
    const askedAt = performance.now()
    const keys = [holderOf(name), sinceOf(name), `${holderOf(name)}:fence`]
    const fence = await runScript(commands, acquireLease, { keys, args: [token, ttlMs] })
    return typeof fence === "string" ? held(Number(fence), ttlMs, askedAt) : null
  }

  const renew = async (name: string, token: string, lease: Held): Promise<void> => {
    const askedAt = performance.now()
    const call = { keys: [holderOf(name), sinceOf(name)], args: [token, lease.ttlMs] }
    const mine = await runScript(commands, extendLease, call).then((answer) => answer === 1, () => null)
    lease.renewed(mine, askedAt)
  }

  const release = async (name: string, token: string): Promise<void> => {
    await runScript(commands, releaseLease, { keys: [holderOf(name)], args: [token] }).catch(() => {
      // The server is away: the key expires by itself.
    })
  }

  return {
    acquire: (name, ttlMs) =>
      Effect.uninterruptibleMask((interruptible) =>
        Effect.gen(function* () {
          const token = randomUUID()
          // Before the first try: one whose answer got lost may have taken the lease.
          yield* Effect.addFinalizer(() => Effect.promise(() => release(name, token)))
          for (;;) {
            const lease = yield* Effect.tryPromise({ try: () => tryAcquire(name, token, ttlMs), catch: unavailable })
            if (lease !== null && lease.stillHeld()) {
              yield* Effect.addFinalizer(() => Effect.sync(lease.end))
              yield* Effect.forkScoped(interruptible(keep(lease, () => renew(name, token, lease))))
              return lease
            }
            yield* interruptible(Effect.sleep(ACQUIRE_POLL_MS))
          }
        }),
      ),
  }
}

/** Renews until it is lost, at a steady pace whatever an answer takes. */
const keep = Effect.fnUntraced(function* (lease: Held, renew: () => Promise<void>) {
  while (lease.stillHeld()) {
    yield* Effect.sleep(Math.min(lease.ttlMs / RENEWALS_PER_TTL, lease.leftMs()))
    if (lease.stillHeld()) void renew()
  }
})

const held = (fence: number, ttlMs: number, askedAt: number): Held => {
  const lost = Deferred.makeUnsafe<void>()
  // The server counts from when it got the question, which is not before we asked.
  const endOf = (asked: number): number => asked + ttlMs * (1 - SAFETY_PART)
  let endAt = endOf(askedAt)
  let over = false
  const end = (): void => {
    over = true
  }
  const lose = (): void => {
    end()
    Deferred.doneUnsafe(lost, Effect.void)
  }
  const stillHeld = (): boolean => {
    if (!over && performance.now() >= endAt) lose()
    return !over
  }
  const renewed = (mine: boolean | null, asked: number): void => {
    if (over) return
    if (mine === false) lose()
    // Not once it is over: somebody may have been told so already.
    if (mine === true && stillHeld()) endAt = Math.max(endAt, endOf(asked))
  }
  const leftMs = (): number => Math.max(1, endAt - performance.now())
  return { fence, ttlMs, lost: Deferred.await(lost), stillHeld, renewed, leftMs, end }
}

const unavailable = (cause: unknown) => new LeasesUnavailable({ reason: reasonOf(cause) })
