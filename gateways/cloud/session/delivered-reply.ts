import { type DeliveredReply, type DeliveredRequest, MAX_DELIVERED_CHARACTERS } from "#domain/protocol/bus-messages.ts"
import type { Delivery, JobStreamReader } from "./job-stream-reader.ts"

/** What the job's client has, to whoever decides what it pays and where the next attempt goes on. */
export const deliveredReply = (reader: JobStreamReader, request: DeliveredRequest): DeliveredReply => {
  const { attempts, text } = deliveryOf(reader, request)
  const { from = 0 } = request
  return { attempts, text: text.slice(from, from + MAX_DELIVERED_CHARACTERS), length: text.length }
}

const deliveryOf = (reader: JobStreamReader, request: DeliveredRequest): Delivery => {
  if ("admit" in request) return reader.admit(request.admit)
  return "fence" in request ? reader.fence(request.fence) : reader.finishing(request.finishing)
}
