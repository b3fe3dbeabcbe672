import { Schema } from "effect"

/** The body of every error, for documents; `ErrorBody` is its type. */
export const ErrorResponse = Schema.Struct({
  error: Schema.Struct({
    message: Schema.String,
    type: Schema.String,
    param: Schema.NullOr(Schema.String),
    code: Schema.NullOr(Schema.String),
  }),
}).annotate({ identifier: "ErrorBody" })
