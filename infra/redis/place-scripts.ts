import { script } from "./script.ts"

/**
 * `KEYS[1]`: the places of one key, a sorted set of who has one by when it ends (server's time in ms). `ARGV`: who asks, the limit,
 * the ttl in ms. Returns 1 for a place, 0 when all are taken.
 */
export const enterPlace = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`)

/** `KEYS`: one per place. `ARGV[1]`: the ttl in ms, then who has each. Also brings back those that the server lost. */
export const keepPlaces = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[1], ARGV[i + 1])
  redis.call('PEXPIRE', key, ARGV[1])
end
return #KEYS`)
