import { script } from "./script.ts"

/**
 * `KEYS`: holder, fence. `ARGV`: token, ttl in ms. The fence as text, or null when another holds it. At least the server's
 * time in µs: also after a flush that took the last fence with it, the next one is greater.
 */
export const acquireLease = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local fence = string.format('%.0f', math.max(last + 1, now))
redis.call('SET', KEYS[2], fence)
return fence`)

/** `KEYS`: holder. `ARGV`: token, ttl in ms. 1 when it was ours and is for another ttl. */
export const extendLease = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

/** `KEYS`: holder. `ARGV`: token. */
export const releaseLease = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)
