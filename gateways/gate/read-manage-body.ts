import { Result, Schema } from "effect"
import { badRequest } from "../http/api-error.ts"
import { schemaProblem } from "../http/schema-problem.ts"

/** Reads a body by its schema, which names every field: one that it does not know is a mistake that must not pass for a limit that was set. */
export const bodyReader = <Type>(schema: Schema.Codec<Type, unknown>): ((body: unknown) => Type) => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (body) => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
    }
    const decoded = decode(body)
    if (Result.isSuccess(decoded)) return decoded.success
    throw schemaProblem(decoded.failure.issue)
  }
}
