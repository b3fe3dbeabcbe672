import { script } from "./script.ts"

/** `KEYS`: node, index. `ARGV`: node id, presence, last seen, ttl in ms, channel, message. In one step: messages come in the order of the writes. */
export const announceNode = script(`
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return redis.call('PUBLISH', ARGV[5], ARGV[6])`)

/** `KEYS`: node, index. `ARGV`: node id, session id, channel, message. Only that session's entry goes; a newer one stays. */
export const withdrawNode = script(`
local entry = redis.call('GET', KEYS[1])
if entry and cjson.decode(entry).sessionId == ARGV[2] then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
end
return redis.call('PUBLISH', ARGV[3], ARGV[4])`)
