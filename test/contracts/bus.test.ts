import { memoryBus } from "#infra/memory/bus.ts"
import { busContract } from "#test/support/contract-bus.ts"

busContract("memory", memoryBus)
