import type { KeyDirectory } from "#gateways/ports/key-directory.ts"
import { openRedis } from "../../redis/connect.ts"
import { redisKeyCache } from "../../redis/key-cache.ts"
import { redisLeases } from "../../redis/leases.ts"
import { redisPlaces } from "../../redis/places.ts"
import { redisPresence } from "../../redis/presence.ts"
import { redisRateLimit } from "../../redis/rate-limit.ts"
import type { Check } from "../readiness.ts"
import { required } from "../../config/required.ts"
import type { DistributedParts } from "./distributed.ts"

/** Presence, leases and limits. */
export const openHotState = async ({ config, counters, logger, name, onClose }: DistributedParts) => {
  const link = await openRedis(required(config, "redisUrl"), { name, onError: (cause) => logger.warn(`redis: ${cause.message}`) })
  onClose(link.close)
  const prefix = `resultity:${config.environment}:`
  const presence = await redisPresence(link, { prefix, counters })
  onClose(presence.close)
  const places = redisPlaces(link, { prefix, counters })
  onClose(places.close)
  const redisAnswers: Check = () => link.commands.ping()
  return {
    presence, places, redisAnswers,
    leases: redisLeases(link, { prefix }),
    rateLimit: redisRateLimit(link, { prefix, counters }),
    cacheKeys: (keys: KeyDirectory) => redisKeyCache(keys, link, { prefix, counters }),
  }
}
