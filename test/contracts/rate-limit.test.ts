import { memoryRateLimit } from "#infra/memory/rate-limit.ts"
import { rateLimitContract } from "#test/support/contract-rate-limit.ts"

rateLimitContract("memory", async () => {
  const limits = memoryRateLimit(Date.now)
  return { one: limits, other: limits, close: async () => {} }
})
