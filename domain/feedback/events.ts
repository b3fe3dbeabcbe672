import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { JobId, KeyId, NamespaceId, TimeMs } from "../kernel/ids.ts"
import { formerNames } from "./former-names.ts"

export const Rating = Schema.Literals(["up", "down"])
export type Rating = typeof Rating.Type

/** What the rating is about. */
export const FeedbackCategory = Schema.Literals(["correctness", "completeness", "instructions", "format", "style", "safety", "speed", "other"])
export type FeedbackCategory = typeof FeedbackCategory.Type

const Feedback = Schema.Struct({
  jobId: JobId,
  namespaceId: NamespaceId,
  keyId: KeyId,
  rating: Rating,
  category: Schema.NullOr(FeedbackCategory),
  /** Somebody should look at this answer. */
  flagged: Schema.Boolean,
  /** HMAC and length of the comment, which is content; null where there is none. */
  comment: Schema.NullOr(Schema.Struct({ digest: Schema.String, bytes: Schema.Int })),
  at: TimeMs,
})
export type Feedback = typeof Feedback.Type

export const schemas = {
  /** Whoever got an answer says what it was worth: once per job and key. */
  FeedbackGiven: Feedback,
  /** ... and thinks otherwise now: this is all that counts from here on. */
  FeedbackRevised: Feedback,
}

export const codec = eventCodec(schemas, formerNames)
export type FeedbackEvent = EventOf<typeof schemas>
