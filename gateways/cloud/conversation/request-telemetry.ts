import type { FastifyReply } from "fastify"
import { newJobId } from "#commands/ids.ts"
import type { MetricsShape } from "#commands/ports/metrics.ts"
import type { JobSpan, JobWork, SpanFacts, TracingShape } from "#commands/ports/tracing.ts"
import type { JobId } from "#domain/kernel/ids.ts"
import { whenAnswered } from "../../http/answered.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { AnswerWriter } from "./answer-writer.ts"
import type { PromptSize } from "./count-prompt.ts"

export interface Watching {
  readonly work: JobWork
  readonly caller: Caller
  readonly metrics: MetricsShape
  readonly tracing: TracingShape
  readonly now: () => number
}

/** What is measured of one request: when things happened and how many tokens there were, never a word of it. */
export class RequestTelemetry {
  readonly #watching: Watching
  readonly #arrivedAt: number
  #facts: SpanFacts
  /** Until there is a job: a refused request has a trace too. */
  #jobId = newJobId()
  #failure: string | null = null
  #submittedAt: number | null = null
  #spoke = false

  constructor(reply: FastifyReply, watching: Watching) {
    this.#watching = watching
    this.#arrivedAt = watching.now()
    const { keyId, namespaceId } = watching.caller
    this.#facts = { keyId, namespaceId }
    const { traceparent } = reply.request.headers
    const linkedTo = typeof traceparent === "string" ? traceparent : null
    whenAnswered(reply, ({ status }) => this.#answered(status, linkedTo))
  }

  /** The first of its jobs stands for them all: what was tried before and failed is told of under an id of its own. */
  about(jobId: JobId): void {
    this.#jobId = jobId
    this.#failure = null
  }

  /** The prompt is counted by a node; the span is a part of the request whether that succeeds or not. */
  async counting(model: string, count: Promise<PromptSize>): Promise<PromptSize> {
    const startedAt = this.#watching.now()
    this.#facts = { ...this.#facts, model }
    const span = { work: "count prompt", startedAt, linkedTo: null } as const
    try {
      const size = await count
      this.#facts = { ...this.#facts, promptTokens: size.promptTokens }
      this.#record({ ...span, endedAt: this.#watching.now(), facts: { model, promptTokens: size.promptTokens }, failure: null })
      return size
    } catch (failure) {
      this.#record({ ...span, endedAt: this.#watching.now(), facts: { model }, failure: "not_counted" })
      throw failure
    }
  }

  /** Where the answers go, with an eye on them. */
  watch(writer: AnswerWriter): AnswerWriter {
    return {
      ...writer,
      pieces: (answer, pieces) => {
        if (!this.#spoke) this.#firstToken()
        return writer.pieces(answer, pieces)
      },
      finished: (answer, finishReason) => {
        this.#facts = { ...this.#facts, finishReason }
        writer.finished(answer, finishReason)
      },
      end: (usage) => {
        this.#facts = { ...this.#facts, completionTokens: usage.completionTokens }
        writer.end(usage)
      },
      fail: (error) => {
        this.#failure = error.code
        return writer.fail(error)
      },
    }
  }

  /** The job is in the log. */
  submitted(): void {
    this.#submittedAt = this.#watching.now()
  }

  #firstToken(): void {
    this.#spoke = true
    this.#watching.metrics.observe("resultity_job_first_token_seconds", (this.#watching.now() - this.#arrivedAt) / 1_000, {})
  }

  #answered(status: number, linkedTo: string | null): void {
    const { metrics, now } = this.#watching
    const endedAt = now()
    if (this.#submittedAt !== null) metrics.observe("resultity_job_duration_seconds", (endedAt - this.#submittedAt) / 1_000, {})
    const failure = this.#failure ?? (status >= 500 ? String(status) : null)
    const facts = { ...this.#facts, status }
    this.#record({ work: this.#watching.work, startedAt: this.#arrivedAt, endedAt, facts, failure, linkedTo })
  }

  #record(span: Omit<JobSpan, "jobId" | "attemptId">): void {
    this.#watching.tracing.record({ ...span, jobId: this.#jobId, attemptId: null })
  }
}
