import { ACK_WAIT_MS } from "#commands/ports/job-stream.ts"
import { memoryJobStream } from "#infra/memory/job-stream.ts"
import { jobStreamContract } from "#test/support/contract-job-stream.ts"

jobStreamContract("memory", {
  open: async (counters) => {
    const stream = memoryJobStream(counters)
    return { stream, elsewhere: stream }
  },
  ackWaitMs: ACK_WAIT_MS,
  fakeTime: true,
})
