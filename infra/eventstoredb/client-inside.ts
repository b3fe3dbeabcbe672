import type { EventStoreDBClient } from "@eventstore/db-client"
import type { AllStreamResolvedEvent } from "@eventstore/db-client"
import { append } from "@eventstore/db-client/dist/streams/appendToStream/append.js"
import { ReadStream } from "@eventstore/db-client/dist/streams/utils/ReadStream.js"
import { convertGrpcEvent } from "@eventstore/db-client/dist/utils/convertGrpcEvent.js"
import shared from "@eventstore/db-client/generated/shared_pb.js"
import streamsRpc from "@eventstore/db-client/generated/streams_grpc_pb.js"
import streams from "@eventstore/db-client/generated/streams_pb.js"
import { type Position, START } from "#domain/kernel/envelope.ts"
import { SEARCH_WINDOW_EVENTS } from "./log-connection.ts"

/**
 * What version 6.2.1 of the client has inside but not in its public face. Functions whose `this` is the client may use its protected
 * parts; that is how the client's own commands are written.
 */

/**
 * One call per append. The public `appendToStream` prefers one long-lived call for all appends (BatchAppend), whose bookkeeping is
 * global to the module: a broken connection of one client rejects the appends of every other, an answer that comes afterwards throws
 * where nobody can catch it, and an append that is not answered waits for ever.
 */
export const appendAlone = append

export interface FilteredRead {
  /** Inclusive, as the server has it. `END`: the newest events, newest first. */
  readonly from: Position | "END"
  readonly namesBegin: string
  readonly maxCount: number
}

/** `readAll` with the filter that the server offers for reading too; the client offers it for subscriptions only. */
export function readAllFiltered(this: EventStoreDBClient, read: FilteredRead): ReadStream<AllStreamResolvedEvent> {
  const request = new streams.ReadReq().setOptions(optionsOf(read))
  const create = this.GRPCStreamCreator(streamsRpc.StreamsClient, "readAllFiltered", (client) =>
    client.read(request, ...this.callArguments({ requiresLeader: true })),
  )
  return new ReadStream(create, convertGrpcEvent<AllStreamResolvedEvent>, {})
}

const optionsOf = ({ from, namesBegin, maxCount }: FilteredRead) => {
  const { Options } = streams.ReadReq
  const empty = new shared.Empty()
  const all = new Options.AllOptions()
  if (from === "END") all.setEnd(empty)
  else if (from === START) all.setStart(empty)
  else all.setPosition(new Options.Position().setCommitPosition(String(from)).setPreparePosition(String(from)))
  const names = new Options.FilterOptions.Expression()
  names.setPrefixList([namesBegin])
  const filter = new Options.FilterOptions()
  filter.setStreamIdentifier(names).setMax(SEARCH_WINDOW_EVENTS).setCheckpointintervalmultiplier(1)
  return new Options()
    .setAll(all)
    .setFilter(filter)
    .setCount(String(maxCount))
    .setReadDirection(from === "END" ? Options.ReadDirection.BACKWARDS : Options.ReadDirection.FORWARDS)
    .setUuidOption(new Options.UUIDOption().setString(empty))
}

/**
 * After a failed call the client looks for another server of the cluster, in a promise that nobody holds: if it finds none, the rejection
 * would end the process. Whoever needs a server next hears of it anyway.
 */
export function lookInVainQuietly(this: EventStoreDBClient): void {
  const look = this.handleError
  this.handleError = (client, error) => look(client, error).catch(() => {})
}

/** What the server says of itself, `unknown` from one that is too old to say anything. */
export async function serverVersion(this: EventStoreDBClient): Promise<string> {
  return (await this.capabilities).serverVersion
}

/** `dispose` ends the calls but leaves the connection open. */
export async function closeConnection(this: EventStoreDBClient): Promise<void> {
  await this.dispose()
  const channel = await this.getChannel()
  channel.close()
}
