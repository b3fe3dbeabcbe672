import { SchemaIssue } from "effect"
import { type ApiError, badRequest } from "./api-error.ts"

const describe = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first thing wrong, in OpenAI's words: where it is and what was expected. Never what was there. */
export const schemaProblem = (issue: SchemaIssue.Issue): ApiError => {
  const { path = [], message } = describe(issue).issues[0] ?? { message: "Invalid request" }
  const param = pathName(path)
  const leaf = leafOf(issue)
  if (leaf === "MissingKey") {
    return badRequest({ code: "missing_required_parameter", param, message: `Missing required parameter: '${param}'.` })
  }
  const isOneOfStrings = message.startsWith('Expected "')
  const code = leaf === "InvalidValue" || isOneOfStrings ? "invalid_value" : "invalid_type"
  return badRequest({ code, param, message: `Invalid value for '${param}': ${message.replace("Expected", "expected")}.` })
}

/** `limits.models[0]` */
export const pathName = (path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string =>
  path.map((key) => (typeof key === "number" ? `[${key}]` : `.${toName(key)}`)).join("").slice(1)

const toName = (key: PropertyKey | { readonly key: PropertyKey }): string => String(typeof key === "object" ? key.key : key)

const leafOf = (issue: SchemaIssue.Issue): string => {
  if ("issue" in issue) return leafOf(issue.issue)
  const first = "issues" in issue ? issue.issues[0] : undefined
  return first === undefined ? issue._tag : leafOf(first)
}
