import type { StatusObject } from "@grpc/grpc-js"
import type { Faults } from "./faults.ts"
import type { DoubleLog, Stored } from "./log.ts"
import { filterOf, positionAsked, type ReadCall, type ReadOptions } from "./read-options.ts"
import { caughtUpMessage, checkpointMessage, confirmationMessage, eventMessage } from "./wire.ts"

/** Part of a double: this is not EventStoreDB. A subscription to `$all` from after a position on. */

interface Subscribing {
  readonly call: ReadCall
  readonly options: ReadOptions
  readonly log: DoubleLog
  readonly faults: Faults
}

export const subscribe = ({ call, options, log, faults }: Subscribing): void => {
  const asked = positionAsked(options)
  const wanted = filterOf(options)
  let next = asked === null ? log.all.length : log.indexFrom(asked + 1n)
  if (options.getAll()?.hasStart() === true) next = 0

  const sendNew = (): void => {
    if (faults.mute) return
    for (; next < log.all.length; next++) {
      const event: Stored | undefined = log.all[next]
      if (event !== undefined && wanted(event)) call.write(eventMessage(event))
    }
  }
  const stop = (): void => {
    unfollow()
    forget()
  }
  const drop = (end: Partial<StatusObject> | null): void => {
    stop()
    if (end === null) call.end()
    else call.emit("error", end)
  }
  call.write(confirmationMessage())
  sendNew()
  const last = log.all.at(-1)
  if (last !== undefined) call.write(checkpointMessage(last.position))
  call.write(caughtUpMessage())
  const unfollow = log.follow(sendNew)
  const forget = faults.onDrop(drop)
  call.on("cancelled", stop)
  call.on("error", stop)
}
