import { Effect } from "effect"
import type { Unsubscribe } from "#commands/ports/bus.ts"
import { attemptMs, type SubmittedChat } from "#commands/job/submit-chat.ts"
import type { Withdrawal } from "#domain/job/index.ts"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import {
  type DeliveredReply, type DeliveredRequest, deliveredSubject, type FinishedMessage, type StreamMessage, tokensSubject,
} from "#domain/protocol/bus-messages.ts"
import { type ApiError, malformedAnswer, tooLate } from "../../http/api-error.ts"
import { usageOf } from "../conversation/usage.ts"
import type { AnswerSink } from "./answer-sink.ts"
import { deliveredReply } from "./delivered-reply.ts"
import { endError } from "./end-error.ts"
import { JobStreamReader, type Step, TOKENS_AFTER_LEAVING } from "./job-stream-reader.ts"
import { KeptEnd } from "./kept-end.ts"
import { missedMessages } from "./missed-messages.ts"
import { ProgressMarks } from "./progress-marks.ts"
import type { SessionServices } from "./session-services.ts"

/** Silence after which a session asks what it may have missed. */
export const SILENCE_MS = 2_000
/** Without anything else to say, a stream shows a sign of life this often. */
export const PING_MS = 10_000
/** The network ends a job at its deadline; if nothing is heard of it this much later, the client is told anyway. */
export const DEADLINE_GRACE_MS = 5_000
/** So long it still says what its client has: after the client left, and after the end of its whole answer went on record. */
export const LINGER_MS = 15_000
export const RECORD_MS = 5_000
/** A whole answer that waits for others goes on record this long before its attempt counts as timed out. */
const HELD_MARGIN_MS = 5_000

/** waiting: not submitted yet · answering · left: the client is gone, the job not · over */
type Stage = "waiting" | "answering" | "left" | "over"

interface Leaving {
  readonly reason: string
  /** For a client that is still there. */
  readonly error: ApiError | null
  /** Tokens that come after this and still count: those that were on their way to a client who left. */
  readonly allowance: number
}

/** One job between the bus and its client. Listens from the moment it is made, so that no token is missed. */
export class JobSession {
  /** Null: the client was answered, or is gone. An error: nothing was sent yet. */
  readonly answered: Promise<ApiError | null>
  readonly #resolve: (error: ApiError | null) => void
  readonly #reader = new JobStreamReader()
  readonly #unsubscribe: Unsubscribe
  readonly #unserve: Unsubscribe
  readonly #job: { readonly jobId: JobId; readonly namespaceId: NamespaceId }
  readonly #sink: AnswerSink
  readonly #services: SessionServices
  readonly #marks: ProgressMarks
  readonly #kept: KeptEnd
  #early: StreamMessage[] = []
  #submitted: SubmittedChat | null = null
  #stage: Stage = "waiting"
  #leaving: Leaving | null = null
  #quietSince: number
  #heardAt: number
  #catchingUp = false
  #leftAt = 0
  #heldUntil = 0

  constructor(job: { readonly jobId: JobId; readonly namespaceId: NamespaceId }, sink: AnswerSink, services: SessionServices) {
    const { promise, resolve } = Promise.withResolvers<ApiError | null>()
    this.answered = promise
    this.#resolve = resolve
    this.#job = job
    this.#sink = sink
    this.#services = services
    this.#kept = new KeptEnd(job.jobId, services)
    this.#marks = new ProgressMarks(job.jobId, this.#reader, services)
    this.#heardAt = this.#quietSince = services.now()
    this.#unsubscribe = services.bus.subscribe(tokensSubject(job.jobId), (message) => this.#receive(message as StreamMessage))
    this.#unserve = services.bus.serve(deliveredSubject(job.jobId), async (message) => this.#sayDelivered(message as DeliveredRequest))
  }

  readonly delivered = (): number => this.#reader.delivered
  get jobId(): JobId {
    return this.#job.jobId
  }

  get over(): boolean {
    return this.#stage === "over"
  }

  /** The job is in the log. */
  begin(submitted: SubmittedChat): void {
    this.#submitted = submitted
    const now = this.#services.now()
    this.#marks.begin(now)
    this.#heldUntil = now + attemptMs(submitted) - HELD_MARGIN_MS
    this.#stage = "answering"
    if (this.#leaving !== null) this.#abandon(this.#leaving)
    for (const message of this.#early) this.#receive(message)
    this.#early = []
  }

  /** What the node says from now on, or has said, is in the client's hands. */
  deliver(): void {
    this.#kept.open()
  }

  /** Nobody reads the answer any more: the work is cancelled. One that is done is paid. */
  leave(reason: string): void {
    if (this.#kept.isHeld) this.#kept.open()
    this.#leave({ reason, error: null, allowance: TOKENS_AFTER_LEAVING })
  }

  /** The client gets its answer elsewhere, or none: nothing that comes from now on counts. */
  withdraw(reason: Withdrawal): void {
    if (this.over && this.#kept.isHeld) this.#kept.cancel(reason, true)
    this.#leave({ reason, error: null, allowance: 0 })
  }

  /** Ends the answer with an error and the work with it. */
  abort(error: ApiError): void {
    this.#leave({ reason: error.code, error, allowance: TOKENS_AFTER_LEAVING })
  }

  /** The job never came to be. */
  close(): void {
    this.#stage = "over"
    this.#unsubscribe()
    this.#unserve()
    this.#resolve(null)
  }

  /** What is due by the clock: marks, signs of life, deadlines. */
  tick(now: number): void {
    if (now - this.#heardAt >= SILENCE_MS) this.#catchUp()
    if (this.#stage === "left" && now - this.#leftAt > LINGER_MS) this.#end()
    if (this.#stage !== "answering" || this.#submitted === null) return
    if (now > this.#submitted.deadlineAt + DEADLINE_GRACE_MS) {
      return this.abort(tooLate("The request took longer than its time limit."))
    }
    this.#marks.tick(now)
    if (now - this.#quietSince < PING_MS) return
    this.#quietSince = now
    this.#sink.ping()
  }

  #receive(message: StreamMessage): void {
    this.#heardAt = this.#services.now()
    if (this.#stage === "waiting") this.#early.push(message)
    else if (this.#stage !== "over") this.#follow(this.#reader.receive(message))
  }

  #follow(step: Step): void {
    switch (step.type) {
      case "nothing":
        return
      case "gap":
        return this.#catchUp()
      case "text":
        return this.#forward(step.text)
      case "finished": {
        if (step.countsDiffer) this.#services.counters.increment("cloud_token_count_differs_total")
        if (this.#stage === "answering" && this.#submitted !== null) {
          const usage = usageOf(this.#submitted.quote, this.#reader.delivered)
          if (!this.#sink.finish({ finishReason: step.end.finishReason, usage })) this.#abandonMalformed()
        }
        return this.#end(this.#confirm(step.end))
      }
      case "ended":
        if (this.#stage === "answering") this.#tell(endError(step))
        return this.#end()
    }
  }

  /** The bus may lose messages: whoever sent them has them for a while. Also when nothing was heard for long. */
  #catchUp(): void {
    if (this.#catchingUp || this.#stage === "waiting" || this.#stage === "over") return
    this.#catchingUp = true
    const { background, counters } = this.#services
    const missed = missedMessages(this.#services, this.#job.jobId, this.#reader.place)
    const receive = Effect.map(missed, (messages) => {
      if (messages.length > 0) counters.increment("cloud_caught_up_total")
      for (const message of messages) this.#receive(message)
    })
    void background.run("catch_up", receive).then(() => {
      this.#catchingUp = false
      this.#heardAt = this.#services.now()
    })
  }

  #sayDelivered(request: DeliveredRequest): DeliveredReply | Promise<DeliveredReply> {
    const reply = deliveredReply(this.#reader, request)
    if (!("finishing" in request)) return reply
    this.#catchUp()
    return this.#kept.reply(() => deliveredReply(this.#reader, request))
  }

  #confirm({ attemptId, finishReason, receipt }: FinishedMessage): Promise<void> {
    const completed = { jobId: this.jobId, attemptId, finishReason, deliveredTokens: this.#reader.deliveredBy(attemptId), receipt }
    return this.#kept.confirm(attemptId, this.#services.jobs.confirmCompleted(completed), this.#heldUntil - this.#services.now())
  }

  #forward(text: string): void {
    if (this.#stage !== "answering") return
    const now = (this.#quietSince = this.#services.now())
    const taken = this.#sink.text(text)
    if (taken === "malformed") return this.#abandonMalformed()
    if (taken === "too_slow") {
      this.#sink.drop()
      return this.#abandon({ reason: "slow_client", error: null, allowance: TOKENS_AFTER_LEAVING })
    }
    this.#marks.forwarded(now)
  }

  #abandonMalformed(): void {
    this.#services.counters.increment("cloud_malformed_answer_total")
    this.#abandon({ reason: "malformed_answer" satisfies Withdrawal, error: malformedAnswer(), allowance: 0 })
  }

  #tell(error: ApiError): void {
    if (!this.#sink.fail(error)) return this.#resolve(error)
    this.#services.counters.increment("cloud_failed_total", error.code)
  }

  /** A job that is being submitted can be cancelled only once it is there. */
  #leave(leaving: Leaving): void {
    if (this.#stage === "waiting") this.#leaving ??= leaving
    if (this.#stage === "answering") this.#abandon(leaving)
  }

  #abandon({ reason, error, allowance }: Leaving): void {
    if (error !== null) this.#tell(error)
    this.#stage = "left"
    this.#leftAt = this.#services.now()
    this.#reader.clientLeft(allowance)
    this.#services.counters.increment("cloud_abandoned_total", reason)
    this.#kept.cancel(reason, allowance === 0)
    this.#resolve(null)
  }

  /** So long after the end it still says what its client has: the record of the end asks for it. */
  #end(recorded: Promise<void> | null = null): void {
    this.#stage = "over"
    this.#unsubscribe()
    this.#resolve(null)
    if (recorded === null) this.#unserve()
    else void recorded.then(() => setTimeout(this.#unserve, RECORD_MS).unref())
    const { text } = this.#reader
    const { background, jobs } = this.#services
    if (text !== "") void background.run("keep_answer", jobs.keepAnswer({ ...this.#job, text }))
  }
}
