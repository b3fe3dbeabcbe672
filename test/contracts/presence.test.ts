import { memoryPresence } from "#infra/memory/presence.ts"
import { presenceContract } from "#test/support/contract-presence.ts"

presenceContract("memory", async () => {
  const presence = memoryPresence()
  return { one: presence, other: presence, close: async () => {} }
})
