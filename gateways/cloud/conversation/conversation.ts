import type { ChatJob, SubmittedChat } from "#commands/job/submit-chat.ts"
import type { Withdrawal } from "#domain/job/index.ts"
import { AnswerReader, MalformedRecord } from "#domain/protocol/answer-text.ts"
import type { ApiError } from "../../http/api-error.ts"
import type { AnswerSink } from "../session/answer-sink.ts"
import { JobSession } from "../session/job-session.ts"
import type { SessionServices } from "../session/session-services.ts"
import type { AnswerWriter } from "./answer-writer.ts"
import { addUsage, NO_USAGE } from "./usage.ts"

/**
 * The jobs of one request and the one reply that they are written into. All of them answer, or, in a race, the first that says anything.
 * A failure of one ends all, but in a race only the failure of the last one does.
 */
export class Conversation {
  readonly sessions: readonly JobSession[]
  /** Null: the client was answered, or is gone. An error: nothing was sent yet. */
  readonly answered: Promise<ApiError | null>
  readonly #writer: AnswerWriter
  readonly #isRace: boolean
  readonly #isStream: boolean
  readonly #running: Set<number>
  #winner: number | null = null
  #usage = NO_USAGE
  #failed = false

  constructor(jobs: readonly ChatJob[], { writer, isRace }: { readonly writer: AnswerWriter; readonly isRace: boolean }, services: SessionServices) {
    this.#writer = writer
    this.#isRace = isRace
    this.#isStream = jobs.some(({ mode }) => mode === "stream")
    this.#running = new Set(jobs.keys())
    this.sessions = jobs.map((job, index) => new JobSession(job, this.#sinkOf(index, services), services))
    // In a stream the client has what it is told; of a race only once it is won.
    if (this.#isStream && !isRace) this.#deliverAll()
    const all = Promise.all(this.sessions.map(({ answered }) => answered))
    this.answered = all.then((errors) => errors.find((error) => error !== null) ?? null)
  }

  /** All jobs are in the log. */
  begin(submitted: readonly SubmittedChat[]): void {
    const byJob = new Map(submitted.map((one) => [one.jobId, one]))
    for (const session of this.sessions) {
      const one = byJob.get(session.jobId)
      if (one === undefined) session.close()
      else session.begin(one)
    }
  }

  /** The client is gone. */
  leave(reason: string): void {
    for (const session of this.sessions) session.leave(reason)
  }

  /** No job came to be. */
  close(): void {
    for (const session of this.sessions) session.close()
  }

  #sinkOf(index: number, services: SessionServices): AnswerSink {
    const reader = new AnswerReader()
    const writer = this.#writer
    return {
      text: (text) => {
        if (!this.#speaks(index)) return "taken"
        const pieces = unlessMalformed(() => reader.read(text))
        if (pieces === null || !pieces.every(({ type }) => writer.takes.has(type))) return "malformed"
        return writer.pieces(index, pieces) ? "taken" : "too_slow"
      },
      finish: ({ finishReason, usage }) => {
        if (!this.#speaks(index)) return true
        this.#running.delete(index)
        this.#usage = addUsage(this.#usage, usage)
        writer.finished(index, finishReason)
        if (!this.#isRace && this.#running.size > 0) return true
        const isSent = unlessMalformed(() => (writer.end(this.#usage), true)) ?? false
        if (isSent) this.#deliverAll()
        return isSent
      },
      fail: (error) => {
        this.#running.delete(index)
        const othersMayAnswer = this.#isRace && this.#winner !== index && (this.#winner !== null || this.#running.size > 0)
        if (this.#failed || othersMayAnswer) return true
        this.#failed = true
        services.failing?.(this.sessions.reduce((sum, session) => sum + session.delivered(), 0))
        const told = writer.fail(error)
        this.#withdrawAllBut(index, "answer_failed")
        return told
      },
      ping: () => writer.ping(),
      drop: () => writer.drop(),
    }
  }

  /** In a race the first to speak wins; the others have said nothing yet, so they cost nothing. */
  #speaks(index: number): boolean {
    if (this.#failed) return false
    if (!this.#isRace || this.#winner === index) return true
    if (this.#winner !== null) return false
    this.#winner = index
    this.#withdrawAllBut(index, "another_model_answered")
    if (this.#isStream) this.sessions[index]?.deliver()
    return true
  }

  /** Those that are withdrawn stay so. */
  #deliverAll(): void {
    for (const session of this.sessions) session.deliver()
  }

  #withdrawAllBut(index: number, reason: Withdrawal): void {
    for (const [other, session] of this.sessions.entries()) if (other !== index) session.withdraw(reason)
  }
}

const unlessMalformed = <Value>(read: () => Value): Value | null => {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedRecord) return null
    throw error
  }
}
