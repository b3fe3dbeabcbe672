import type streams from "@eventstore/db-client/generated/streams_pb.js"
import { type sendUnaryData, type ServerReadableStream, status } from "@grpc/grpc-js"
import type { Faults } from "./faults.ts"
import type { DoubleLog, Expected, Proposed } from "./log.ts"
import { nameFrom, proposedFrom, successMessage, wrongVersionMessage } from "./wire.ts"

/** Part of a double: this is not EventStoreDB. `Streams.Append`: options first, then one message per event. */

type Options = InstanceType<typeof streams.AppendReq.Options>
type Call = ServerReadableStream<InstanceType<typeof streams.AppendReq>, InstanceType<typeof streams.AppendResp>>
type Answer = sendUnaryData<InstanceType<typeof streams.AppendResp>>

const expectedFrom = (options: Options): Expected => {
  if (options.hasNoStream()) return "no stream"
  if (options.hasStreamExists()) return "exists"
  return options.hasAny() ? "any" : Number(options.getRevision())
}

export const appendCall = (log: DoubleLog, faults: Faults) => (call: Call, answer: Answer): void => {
  const refusal = faults.refusal(call.metadata)
  if (refusal !== null) return answer(refusal)
  let options: Options | undefined
  const events: Proposed[] = []
  call.on("data", (message: InstanceType<typeof streams.AppendReq>) => {
    if (message.hasOptions()) options = message.getOptions()
    const proposed = message.getProposedMessage()
    if (proposed !== undefined) events.push(proposedFrom(proposed))
  })
  call.on("error", () => {})
  call.on("end", () => {
    if (call.cancelled) return
    if (options === undefined) return answer({ code: status.INVALID_ARGUMENT, details: "no options" })
    const tooLarge = faults.tooLarge(events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0))
    if (tooLarge !== null) return answer(tooLarge)
    const expected = expectedFrom(options)
    const name = nameFrom(options.getStreamIdentifier())
    const outcome = log.append(name, expected, events)
    const refused = outcome.outcome === "repeated" && faults.forgetful
    if (outcome.outcome === "wrong version" || refused) {
      const actual = outcome.outcome === "wrong version" ? outcome.actual : log.streamOf(name).length - 1
      return answer(null, wrongVersionMessage(typeof expected === "number" ? String(expected) : null, actual))
    }
    const fate = faults.appendAnswer()
    if (fate === "lose") return answer({ code: status.UNAVAILABLE, details: "the connection broke" })
    if (fate === "give") answer(null, successMessage(outcome.last, faults.hidePositions))
  })
}
