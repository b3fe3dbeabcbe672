import { memoryLeases } from "#infra/memory/leases.ts"
import { leasesContract } from "#test/support/contract-leases.ts"

leasesContract("memory", async () => {
  const leases = memoryLeases()
  return { one: leases, other: leases, close: async () => {} }
})
