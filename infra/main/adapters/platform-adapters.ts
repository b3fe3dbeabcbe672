import type { ContentStoreShape } from "#commands/ports/content-store.ts"
import type { LeasesShape } from "#commands/ports/leases.ts"
import type { KeyDirectory } from "#gateways/ports/key-directory.ts"
import type { PlacesShape } from "#gateways/ports/places.ts"
import type { RateLimitShape } from "#gateways/ports/rate-limit.ts"
import type { MemoryCounters } from "../../memory/counters.ts"
import type { NetworkAdapters } from "../network-layers.ts"
import type { Check } from "../readiness.ts"

/** Every port bound to its engine. */
export interface PlatformAdapters extends NetworkAdapters {
  readonly counters: MemoryCounters
  readonly content: ContentStoreShape
  readonly leases: LeasesShape
  readonly rateLimit: RateLimitShape
  readonly places: PlacesShape
  /** Puts what gateways share in front of the read model. */
  readonly cacheKeys: (keys: KeyDirectory) => KeyDirectory
}

export interface OpenedAdapters {
  readonly adapters: PlatformAdapters
  /** What must answer for the process to be ready, by the engine's name. */
  readonly checks: Readonly<Record<string, Check>>
  readonly close: () => Promise<void>
}
