import { Result, Schema } from "effect"
import { unplainPath } from "#domain/kernel/plain-text.ts"
import { badRequest } from "../http/api-error.ts"
import { pathName, schemaProblem } from "../http/schema-problem.ts"

/** Reads a body by its schema, which names every field: one that it does not know is a mistake that must not pass for a limit that was set. */
export const bodyReader = <Type>(schema: Schema.Codec<Type, unknown>): ((body: unknown) => Type) => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (body) => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
    }
    const unplain = unplainPath(body)
    if (unplain !== null) {
      const param = pathName(unplain)
      throw badRequest({ code: "invalid_value", param, message: `Invalid value for '${param}': expected well-formed Unicode text without a NUL.` })
    }
    const decoded = decode(body)
    if (Result.isSuccess(decoded)) return decoded.success
    throw schemaProblem(decoded.failure.issue)
  }
}
