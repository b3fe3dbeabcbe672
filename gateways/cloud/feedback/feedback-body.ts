import { Schema } from "effect"
import { FeedbackCategory, Rating } from "#domain/feedback/index.ts"

/** Characters of a comment. */
export const MAX_COMMENT_CHARACTERS = 4_096

export const FeedbackRequest = Schema.Struct({
  /** Of the answer, its request or its job. */
  id: Schema.String,
  rating: Rating,
  category: Schema.optionalKey(Schema.NullOr(FeedbackCategory)),
  comment: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isBetweenLength(1, MAX_COMMENT_CHARACTERS)))),
  /** Somebody should look at this answer. */
  flag: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
}).annotate({ identifier: "FeedbackRequest" })
export type FeedbackRequest = typeof FeedbackRequest.Type

/** What one key says of one job's answer. Times in milliseconds since 1970. */
export const FeedbackBody = Schema.Struct({
  object: Schema.Literal("feedback"),
  job_id: Schema.String,
  key_id: Schema.String,
  rating: Rating,
  category: Schema.NullOr(FeedbackCategory),
  flag: Schema.Boolean,
  /** Null where there is none, or none any more. */
  comment: Schema.NullOr(Schema.String),
  at: Schema.Int,
}).annotate({ identifier: "Feedback" })
export type FeedbackBody = typeof FeedbackBody.Type
