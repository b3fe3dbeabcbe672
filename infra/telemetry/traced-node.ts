import type { TracingShape } from "#commands/ports/tracing.ts"
import type { EndedAttempt } from "#node/settings.ts"

/** What the node did of a job, as a span of the job's trace. `cancelled` and `declined` are no failures: it did what it was told. */
export const traceAttempt =
  ({ record }: TracingShape) =>
  ({ jobId, attemptId, model, startedAt, endedAt, outcome, completionTokens }: EndedAttempt): void =>
    record({
      jobId, attemptId, startedAt, endedAt,
      work: "generate",
      facts: { attemptId, model, completionTokens, finishReason: outcome },
      failure: outcome === "failed" ? "failed" : null,
      linkedTo: null,
    })
