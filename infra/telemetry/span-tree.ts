import { createHash } from "node:crypto"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import type { JobSpan, JobWork } from "#commands/ports/tracing.ts"

const SPAN_ID_BYTES = 8

/** A job's id is a UUID, so its 128 bits are a trace id that every process knows: nothing has to travel beside the job. */
export const traceIdOf = (jobId: JobId): string => jobId.slice("job_".length).replaceAll("-", "")

/** The half with the variant bits: never zero, which would be no id. */
const rootSpanId = (traceId: string): string => traceId.slice(-2 * SPAN_ID_BYTES)

const attemptSpanId = (work: JobWork, attemptId: AttemptId): string =>
  createHash("sha256").update(`${work}/${attemptId}`).digest("hex").slice(0, 2 * SPAN_ID_BYTES)

/** Spans that others hang on have ids that other processes can work out; null: any id will do. */
export const spanIdOf = ({ jobId, work, attemptId, failure }: JobSpan): string | null => {
  if (isRequest(work)) return rootSpanId(traceIdOf(jobId))
  if (attemptId === null) return null
  // A record that was refused is tried again: what follows hangs on the one that succeeded.
  if (work === "assign") return failure === null ? attemptSpanId("assign", attemptId) : null
  return work === "attempt" ? attemptSpanId("attempt", attemptId) : null
}

/** Null: the span is the root. */
export const parentSpanIdOf = ({ jobId, work, attemptId }: JobSpan): string | null => {
  if (isRequest(work)) return null
  if (work === "attempt" && attemptId !== null) return attemptSpanId("assign", attemptId)
  if (work === "generate" && attemptId !== null) return attemptSpanId("attempt", attemptId)
  return rootSpanId(traceIdOf(jobId))
}

/** The span of the client's request, which all others of its trace are a part of. */
const isRequest = (work: JobWork): boolean => work.startsWith("POST ")
