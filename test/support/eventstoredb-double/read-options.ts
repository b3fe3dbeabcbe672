import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { ServerWritableStream } from "@grpc/grpc-js"
import type { Stored } from "./log.ts"

/** Part of a double: this is not EventStoreDB. What a reader asks for. */

export type ReadCall = ServerWritableStream<InstanceType<typeof streams.ReadReq>, InstanceType<typeof streams.ReadResp>>
export type ReadOptions = InstanceType<typeof streams.ReadReq.Options>

/** The position asked for: `null` is the end. */
export const positionAsked = (options: ReadOptions): bigint | null => {
  const all = options.getAll()
  if (all?.hasEnd() === true) return null
  return all?.hasStart() === true ? 0n : BigInt(all?.getPosition()?.getCommitPosition() ?? 0)
}

export const filterOf = (options: ReadOptions): ((event: Stored) => boolean) => {
  const filter = options.getFilter()
  if (filter === undefined) return () => true
  const expression = filter.getStreamIdentifier() ?? filter.getEventType()
  const prefixes = expression?.getPrefixList() ?? []
  const regex = new RegExp(expression?.getRegex() ?? "")
  const matches = (text: string): boolean =>
    prefixes.length > 0 ? prefixes.some((prefix) => text.startsWith(prefix)) : regex.test(text)
  return (event) => matches(filter.hasStreamIdentifier() ? event.stream : event.type)
}

export const isBackwards = (options: ReadOptions): boolean =>
  options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS
