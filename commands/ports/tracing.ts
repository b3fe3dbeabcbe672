import type { AttemptId, JobId } from "#domain/kernel/ids.ts"

/** The pieces of work that a job's trace is made of; all but the first are a part of another. */
export type JobWork =
  | "POST /v1/chat/completions" | "POST /v1/completions" | "POST /v1/embeddings" | "POST /v1/responses"
  | "count prompt" | "hold" | "submit"
  | "assign" | "attempt" | "generate" | "fail attempt"
  | "complete" | "cancel" | "end" | "settle" | "release" | "award points"

/** What a span may say. There is no field for a prompt, an answer or a key, and none may come. */
export interface SpanFacts {
  readonly namespaceId?: string
  readonly keyId?: string
  readonly model?: string
  readonly promptTokens?: number
  readonly completionTokens?: number
  readonly finishReason?: string
  /** HTTP. */
  readonly status?: number
  readonly nodeId?: string
  readonly attemptId?: string
  /** 1 for a job's first. */
  readonly attempt?: number
  /** Why something ended: a word from a short list. */
  readonly reason?: string
}

export interface JobSpan {
  readonly jobId: JobId
  readonly work: JobWork
  /** Whose part it is; null: of the job as a whole. */
  readonly attemptId: AttemptId | null
  /** Milliseconds since 1970; fractions are welcome. */
  readonly startedAt: number
  readonly endedAt: number
  readonly facts: SpanFacts
  /** A code from a fixed list; null: it did what it should. */
  readonly failure: string | null
  /** The client's own `traceparent` (W3C), as it came: a link, never the parent. */
  readonly linkedTo: string | null
}

export interface TracingShape {
  /** Adds a piece of work that is over to the job's trace, whichever process did it. Never throws, never waits, may drop. */
  readonly record: (span: JobSpan) => void
}

export const noTracing: TracingShape = { record: () => {} }
