import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { BatchId, FileId, GatewayId, KeyId, NamespaceId, TimeMs } from "../kernel/ids.ts"

export const BatchOutcome = Schema.Literals(["completed", "cancelled", "expired"])
export type BatchOutcome = typeof BatchOutcome.Type

/** Numbers of lines in the input, from 0. */
const Lines = Schema.Array(Schema.Int)

/** What is in its lines, what came of them and what its client said of it are contents, and elsewhere. */
export const schemas = {
  /** The lines of a file are to be run, by `expiresAt`. */
  BatchCreated: Schema.Struct({
    batchId: BatchId,
    namespaceId: NamespaceId,
    keyId: KeyId,
    /** `/v1/chat/completions` */
    endpoint: Schema.String,
    inputFileId: FileId,
    /** How long its output is there; null: as long as its namespace keeps contents. */
    outputKeepMs: Schema.NullOr(Schema.Int),
    at: TimeMs,
    expiresAt: TimeMs,
  }),
  /** This gateway runs it; a later generation takes over from one that is lost. */
  BatchTaken: Schema.Struct({ batchId: BatchId, generation: Schema.Int, gatewayId: GatewayId, at: TimeMs }),
  /** Its input is good: so many lines for one model. */
  BatchStarted: Schema.Struct({ batchId: BatchId, generation: Schema.Int, model: Schema.String, lines: Schema.Int, at: TimeMs }),
  /** Its input cannot be run, for so many reasons; the first one's code. */
  BatchFailed: Schema.Struct({ batchId: BatchId, generation: Schema.Int, problems: Schema.Int, code: Schema.String, at: TimeMs }),
  /** The results of these lines are kept, as this generation has them. They are on record here before they are charged. */
  BatchLinesFinished: Schema.Struct({ batchId: BatchId, generation: Schema.Int, completed: Lines, failed: Lines, at: TimeMs }),
  /** Its client wants no more of it. */
  BatchCancelRequested: Schema.Struct({ batchId: BatchId, at: TimeMs }),
  /** No line of it begins any more; its files are written. */
  BatchFinalizing: Schema.Struct({ batchId: BatchId, generation: Schema.Int, outcome: BatchOutcome, at: TimeMs }),
  /** Its files are there: without a line that belongs in one, there is none. */
  BatchEnded: Schema.Struct({
    batchId: BatchId,
    generation: Schema.Int,
    outcome: BatchOutcome,
    outputFileId: Schema.NullOr(FileId),
    errorFileId: Schema.NullOr(FileId),
    at: TimeMs,
  }),
}

export const codec = eventCodec(schemas)
export type BatchEvent = EventOf<typeof schemas>
type Data<Type extends BatchEvent["type"]> = Extract<BatchEvent, { type: Type }>["data"]
export type Created = Data<"BatchCreated">
export type Taken = Data<"BatchTaken">
export type Started = Data<"BatchStarted">
export type Failed = Data<"BatchFailed">
export type LinesFinished = Data<"BatchLinesFinished">
export type Finalizing = Data<"BatchFinalizing">
export type Ended = Data<"BatchEnded">
