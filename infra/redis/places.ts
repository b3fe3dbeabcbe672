import { randomUUID } from "node:crypto"
import type { CountersShape } from "#commands/ports/counters.ts"
import { type Place, PLACE_TTL_MS, type PlacesShape } from "#gateways/ports/places.ts"
import { memoryPlaces } from "../memory/places.ts"
import type { RedisLink } from "./connect.ts"
import { enterPlace, keepPlaces } from "./place-scripts.ts"
import { runScript } from "./script.ts"
import { within } from "./within.ts"

/** A request does not wait longer for its place: a healthy server answers within 1 ms. */
const ANSWER_TIMEOUT_MS = 100
/** After a server did not answer, requests do not ask it for so long. */
const AWAY_MS = 500
/** Two renewals may fail and the third still comes in time. */
const RENEWALS_PER_TTL = 4
/** Places that one script renews. */
const RENEWED_AT_ONCE = 1_000

export interface RedisPlacesOptions {
  /** In front of every key. */
  readonly prefix: string
  readonly counters: CountersShape
  readonly ttlMs?: number
}

export interface RedisPlaces extends PlacesShape {
  readonly close: () => void
}

/** Places that all processes share. Its own are counted in memory too, for while the server is away. */
export const redisPlaces = ({ commands }: RedisLink, { prefix, counters, ttlMs = PLACE_TTL_MS }: RedisPlacesOptions): RedisPlaces => {
  const own = memoryPlaces()
  const held = new Map<string, string>()
  let awayUntil = 0

  const ask = async (key: string, limit: number, who: string): Promise<boolean> => {
    if (performance.now() < awayUntil) return countAlone()
    const call = { keys: [key], args: [who, limit, ttlMs] }
    try {
      return (await within(ANSWER_TIMEOUT_MS, runScript(commands, enterPlace, call))) === 1
    } catch {
      awayUntil = performance.now() + AWAY_MS
      return countAlone()
    }
  }
  const countAlone = (): boolean => {
    counters.increment("places_counted_alone_total")
    return true
  }
  const renew = (): void => {
    const places = [...held]
    for (let from = 0; from < places.length; from += RENEWED_AT_ONCE) {
      const some = places.slice(from, from + RENEWED_AT_ONCE)
      const call = { keys: some.map(([, key]) => key), args: [ttlMs, ...some.map(([who]) => who)] }
      runScript(commands, keepPlaces, call).catch(() => counters.increment("places_not_renewed_total"))
    }
  }
  const renewing = setInterval(renew, ttlMs / RENEWALS_PER_TTL)
  renewing.unref()

  const sharedPlace = (key: string, who: string, mine: Place): Place => ({
    leave: () => {
      mine.leave()
      if (!held.delete(who)) return
      // Where it fails the place ends by itself.
      commands.zrem(key, who).catch(() => counters.increment("places_not_left_total"))
    },
  })

  return {
    enter: async (name, limit) => {
      const mine = own.enterNow(name, limit)
      if (mine === null) return null
      const [key, who] = [`${prefix}places:${name}`, randomUUID()]
      if (await ask(key, limit, who)) {
        held.set(who, key)
        return sharedPlace(key, who, mine)
      }
      mine.leave()
      return null
    },
    close: () => clearInterval(renewing),
  }
}
