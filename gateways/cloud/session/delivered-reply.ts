import type { DeliveredReply, DeliveredRequest } from "#domain/protocol/bus-messages.ts"
import type { JobStreamReader } from "./job-stream-reader.ts"

/** What the job's client has, to whoever decides what it pays and where the next attempt goes on. */
export const deliveredReply = (reader: JobStreamReader, request: DeliveredRequest): DeliveredReply => {
  if ("admit" in request) return reader.admit(request.admit)
  return "fence" in request ? reader.fence(request.fence) : reader.finishing(request.finishing)
}
