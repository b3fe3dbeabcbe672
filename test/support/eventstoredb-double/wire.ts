import shared from "@eventstore/db-client/generated/shared_pb.js"
import streams from "@eventstore/db-client/generated/streams_pb.js"
import type { Proposed, Stored } from "./log.ts"

/** Part of a double: this is not EventStoreDB. Between its records and the protocol's messages. */

const TICKS_PER_MS = 10_000n
const JSON_TYPE = "application/json"

const bytes = (value: Uint8Array | string): Uint8Array => (typeof value === "string" ? Buffer.from(value, "base64") : value)

export const nameFrom = (identifier: { readonly getStreamName: () => Uint8Array | string } | undefined): string =>
  Buffer.from(bytes(identifier?.getStreamName() ?? "")).toString("utf8")

export const proposedFrom = (message: InstanceType<typeof streams.AppendReq.ProposedMessage>): Proposed => ({
  id: message.getId()?.getString() ?? "",
  type: message.getMetadataMap().get("type") ?? "",
  isJson: message.getMetadataMap().get("content-type") === JSON_TYPE,
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
})

const identifier = (name: string) => new shared.StreamIdentifier().setStreamName(new Uint8Array(Buffer.from(name, "utf8")))

export const eventMessage = (stored: Stored) => {
  const position = String(stored.position)
  const record = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(stored.id))
    .setStreamIdentifier(identifier(stored.stream))
    .setStreamRevision(String(stored.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setData(stored.data)
    .setCustomMetadata(stored.metadata)
  record
    .getMetadataMap()
    .set("type", stored.type)
    .set("created", String(BigInt(stored.createdMs) * TICKS_PER_MS))
    .set("content-type", stored.isJson ? JSON_TYPE : "application/octet-stream")
  return new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(record).setCommitPosition(position))
}

export const notFoundMessage = (name: string) =>
  new streams.ReadResp().setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier(name)))

export const confirmationMessage = () =>
  new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID()))

export const caughtUpMessage = () => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp())

export const checkpointMessage = (position: bigint) =>
  new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position)),
  )

export const successMessage = (last: Stored, hidePosition: boolean) => {
  const success = new streams.AppendResp.Success().setCurrentRevision(String(last.revision))
  const at = String(last.position)
  if (hidePosition) success.setNoPosition(new shared.Empty())
  else success.setPosition(new streams.AppendResp.Position().setCommitPosition(at).setPreparePosition(at))
  return new streams.AppendResp().setSuccess(success)
}

export const wrongVersionMessage = (expected: string | null, actual: number) => {
  const wrong = new streams.AppendResp.WrongExpectedVersion()
  if (actual < 0) wrong.setCurrentNoStream(new shared.Empty())
  else wrong.setCurrentRevision(String(actual))
  if (expected === null) wrong.setExpectedNoStream(new shared.Empty())
  else wrong.setExpectedRevision(expected)
  return new streams.AppendResp().setWrongExpectedVersion(wrong)
}
