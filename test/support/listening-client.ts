import type { BusShape } from "#commands/ports/bus.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import { type DeliveredRequest, deliveredSubject, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { deliveredReply } from "#gateways/cloud/session/delivered-reply.ts"
import { JobStreamReader } from "#gateways/cloud/session/job-stream-reader.ts"

/** The part of a job's cloud gateway that a stream needs: the real reader on the bus, and what its client heard. */
export const listenAsClient = (bus: BusShape, jobId: JobId) => {
  const heard: StreamMessage[] = []
  const reader = new JobStreamReader()
  const stops = [
    bus.subscribe(tokensSubject(jobId), (message) => {
      const streamed = message as StreamMessage
      if (reader.receive(streamed).type !== "nothing") heard.push(streamed)
    }),
    bus.serve(deliveredSubject(jobId), async (message) => {
      return deliveredReply(reader, message as DeliveredRequest)
    }),
  ]
  return { heard, text: () => reader.text, hangUp: () => stops.forEach((stop) => stop()) }
}
