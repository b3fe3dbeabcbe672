import { ApiError } from "../../http/api-error.ts"

/** What is wrong with one model and may be right with the next, before anything was said. */
const OF_THE_MODEL: ReadonlySet<string> = new Set([
  "model_not_found", "unsupported_model", "unsupported_parameter", "unsupported", "context_length_exceeded",
])

/** A charge that a client never got its answer for is not to be made twice. */
export const CHARGED_FAILURES: ReadonlySet<string> = new Set(["answer_lost"])

export const mayFallBack = (error: unknown): boolean =>
  error instanceof ApiError && !CHARGED_FAILURES.has(error.code) && (error.status >= 500 || OF_THE_MODEL.has(error.code))
