import { status } from "@grpc/grpc-js"
import type { Faults } from "./faults.ts"
import type { DoubleLog, Stored } from "./log.ts"
import { filterOf, isBackwards, positionAsked, type ReadCall, type ReadOptions } from "./read-options.ts"
import { subscribe } from "./subscription.ts"
import { eventMessage, nameFrom, notFoundMessage } from "./wire.ts"

/** Part of a double: this is not EventStoreDB. `Streams.Read`: a stream or `$all`, once or subscribed. */

export const readCall = (log: DoubleLog, faults: Faults) => (call: ReadCall): void => {
  const refusal = faults.refusal(call.metadata)
  if (refusal !== null) return void call.emit("error", refusal)
  const options = call.request.getOptions()
  if (options === undefined) return void call.emit("error", { code: status.INVALID_ARGUMENT, details: "no options" })
  if (options.hasSubscription()) return subscribe({ call, options, log, faults })
  if (options.hasAll()) return readAll(log, call, options)
  readOneStream(log, call, options)
}

const readAll = (log: DoubleLog, call: ReadCall, options: ReadOptions): void => {
  const from = positionAsked(options)
  if (from !== null && !log.isPlace(from)) {
    return void call.emit("error", { code: status.UNKNOWN, details: "Unexpected FilteredReadAllResult: Error" })
  }
  const start = from === null ? log.all.length : log.indexFrom(from)
  const range = isBackwards(options) ? log.all.slice(0, start).toReversed() : log.all.slice(start)
  send(call, options, range.filter(filterOf(options)))
}

const readOneStream = (log: DoubleLog, call: ReadCall, options: ReadOptions): void => {
  const asked = options.getStream()
  const name = nameFrom(asked?.getStreamIdentifier())
  const stream = log.streamOf(name)
  if (stream.length === 0) {
    call.write(notFoundMessage(name))
    return void call.end()
  }
  const backwards = isBackwards(options)
  const revision = asked?.hasEnd() === true ? stream.length : asked?.hasStart() === true ? 0 : Number(asked?.getRevision() ?? 0)
  send(call, options, backwards ? stream.slice(0, revision + 1).toReversed() : stream.slice(revision))
}

const send = (call: ReadCall, options: ReadOptions, events: readonly Stored[]): void => {
  for (const event of events.slice(0, Number(options.getCount()))) call.write(eventMessage(event))
  call.end()
}
