import { ApiError } from "../../http/api-error.ts"

/** What the network calls otherwise, by the beginning of its name. */
const NAMES: readonly (readonly [RegExp, string])[] = [[/^response_format\b/, "text.format"], [/^messages\b.*/, "input"], [/^logprobs$/, "top_logprobs"]]

/** A refusal that names a parameter as chats do, in the words of this route. */
export const inResponseTerms = (error: unknown): unknown => {
  if (!(error instanceof ApiError) || error.param === null) return error
  const { param, status, type, code, message, headers } = error
  const [pattern, name] = NAMES.find(([one]) => one.test(param)) ?? []
  if (pattern === undefined || name === undefined) return error
  const renamed = param.replace(pattern, name)
  return new ApiError({ status, type, code, headers, param: renamed, message: message.replace(param, renamed) })
}
