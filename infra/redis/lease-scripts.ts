import { script } from "./script.ts"

/** Since when the server knows who holds the name; from now on where it does not: it is new, or was flushed. */
const SINCE = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local since = tonumber(redis.call('GET', KEYS[2]) or '')
if not since then
  since = now
  redis.call('SET', KEYS[2], string.format('%.0f', now))
end
local mayBeHeld = now < since + ARGV[2] * 1000`

/**
 * `KEYS`: holder, since, fence. `ARGV`: token, ttl in ms. The fence as text, or null when another holds it, or may hold it because the
 * server has known of holders for less than a ttl. At least the server's time in µs: also after a flush that took the last fence with
 * it, the next one is greater.
 */
export const acquireLease = script(`
${SINCE}
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return false end
if not holder and mayBeHeld then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local last = tonumber(redis.call('GET', KEYS[3]) or '0')
local fence = string.format('%.0f', math.max(last + 1, now))
redis.call('SET', KEYS[3], fence)
return fence`)

/** `KEYS`: holder, since. `ARGV`: token, ttl in ms. 1 when it was ours, or was forgotten with everything else, and is for another ttl. */
export const extendLease = script(`
${SINCE}
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if not holder and not mayBeHeld then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

/** `KEYS`: holder. `ARGV`: token. */
export const releaseLease = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)
