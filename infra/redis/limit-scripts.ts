import { script } from "./script.ts"

/**
 * `KEYS`: one per limit. `ARGV`: period in µs, limit, burst and cost of each. Returns the server's time in µs, whether all were charged,
 * and how far each was worked off before. The steps are those of `gcra` in domain/policies/gcra.ts, in the same order: both
 * compute in IEEE doubles, so that they agree to the microsecond.
 */
export const checkLimits = script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local allowed, before, after = 1, {}, {}
for i, key in ipairs(KEYS) do
  local a = (i - 1) * 4
  local period, limit = tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local burst, cost = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4])
  local capacity = math.ceil(burst * period / limit)
  before[i] = math.min(math.max(tonumber(redis.call('GET', key) or '0'), now), now + capacity)
  after[i] = before[i] + math.floor(cost * period / limit)
  if after[i] - now > capacity then allowed = 0 end
end
local answer = { string.format('%.0f', now), allowed }
for i, key in ipairs(KEYS) do
  answer[i + 2] = string.format('%.0f', before[i])
  if allowed == 1 and after[i] > before[i] then
    redis.call('SET', key, string.format('%.0f', after[i]), 'PX', string.format('%.0f', math.ceil((after[i] - now) / 1000)))
  end
end
return answer`)

/** `KEYS[1]`, one limit. `ARGV`: period in µs, limit, burst, and what is taken or, below zero, given back: the steps of `corrected`. */
export const correctLimit = script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local period, limit, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local capacity = math.ceil(burst * period / limit)
local before = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now), now + capacity)
local after = math.min(math.max(before + math.floor(cost * period / limit), now), now + capacity)
if after > now then
  redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', string.format('%.0f', math.ceil((after - now) / 1000)))
else
  redis.call('DEL', KEYS[1])
end
return string.format('%.0f', after)`)
