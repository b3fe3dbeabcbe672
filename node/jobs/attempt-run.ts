import { Effect, Exit, Option } from "effect"
import { MAX_PIECE_CHARACTERS } from "#domain/protocol/answer-text.ts"
import type { Assign } from "#domain/protocol/frames.ts"
import type { FrameCryptoShape, RunningHash } from "../ports/frame-crypto.ts"
import type { FinishReason } from "#domain/job/index.ts"
import type { ContextExceeded, EngineFailed, Generated, InferenceEngineShape, RequestUnsupported } from "../ports/inference-engine.ts"
import type { NodeSettings } from "../settings.ts"
import type { FrameContent } from "../session/frame-sender.ts"
import { WholeCharacters } from "./whole-characters.ts"

/** What the network hears when an attempt ends. */
export type Ending = Extract<FrameContent, { type: "receipt" | "failed" | "declined" }>

export interface RunServices extends Pick<NodeSettings, "now" | "onAttemptEnded"> {
  readonly engine: InferenceEngineShape
  readonly crypto: FrameCryptoShape
}

export interface Output {
  readonly onText: (text: string, tokens: number) => void
  readonly onEnd: (ending: Ending) => void
}

/** `lost`: the connection is gone, nobody is there to hear an ending. */
export type StopReason = "cancelled" | "expired" | "lost"

/** Longest failure text of a `failed` frame. */
const MAX_MESSAGE_CHARACTERS = 512

/** One answer being generated: hashes and counts what goes out, and says at the end what is true of it. */
export class AttemptRun {
  readonly #assign: Assign
  readonly #services: RunServices
  readonly #output: Output
  readonly #startedAt: number
  readonly #hash: RunningHash
  readonly #characters = new WholeCharacters()
  #tokens = 0
  #stopped: StopReason | null = null
  #failure: string | null = null
  #interrupt = (): void => {}

  constructor(assign: Assign, services: RunServices, output: Output) {
    this.#assign = assign
    this.#services = services
    this.#output = output
    this.#startedAt = services.now()
    this.#hash = services.crypto.hash()
  }

  start(): void {
    const { request, delivered_text: deliveredText, max_output_tokens: maxOutputTokens, expires_at } = this.#assign
    const deadline = setTimeout(() => this.stop("expired"), Math.max(0, expires_at - this.#startedAt))
    const fiber = Effect.runFork(
      this.#services.engine.generate({ request, deliveredText, maxOutputTokens }, (text, tokens) =>
        this.#say(this.#characters.take(text), tokens),
      ),
    )
    this.#interrupt = () => fiber.interruptUnsafe()
    fiber.addObserver((exit) => {
      clearTimeout(deadline)
      this.#ended(exit)
    })
  }

  /** Stops the engine within one token; the ending follows. */
  stop(reason: StopReason): void {
    if (this.#stopped !== "lost") this.#stopped = reason
    this.#interrupt()
  }

  #say(text: string, tokens: number): void {
    if (this.#failure !== null) return
    if (text.length > MAX_PIECE_CHARACTERS) {
      this.#failure = `a part of the answer has ${text.length} characters, more than the ${MAX_PIECE_CHARACTERS} of one message`
      return this.#interrupt()
    }
    this.#hash.update(text)
    this.#tokens += tokens
    this.#output.onText(text, tokens)
  }

  #ended(exit: Exit.Exit<Generated, EngineFailed | ContextExceeded | RequestUnsupported>): void {
    if (this.#stopped === "lost") return
    if (this.#stopped === "expired") return this.#end(this.#failed("the attempt's time is over"))
    this.#say(this.#characters.rest(), 0)
    if (this.#failure !== null) return this.#end(this.#failed(this.#failure))
    if (this.#stopped === "cancelled") return this.#cancelled()
    if (Exit.isSuccess(exit)) return this.#end(this.#receipt(exit.value.finishReason, exit.value.promptTokens))
    const failure = Option.getOrNull(Exit.findErrorOption(exit))
    if (failure?._tag === "ContextExceeded") {
      return this.#end({ type: "declined", attempt_id: this.#assign.attempt_id, reason: "context_length" })
    }
    if (failure?._tag === "RequestUnsupported") {
      return this.#end({ type: "declined", attempt_id: this.#assign.attempt_id, reason: "unsupported" })
    }
    this.#end(this.#failed(failure?.message ?? "the engine failed in an unknown way"))
  }

  /** The engine was stopped before it could say how long the prompt was. */
  #cancelled(): void {
    const promptTokens = this.#services.engine.count(this.#assign.request).pipe(Effect.map(({ tokens }) => tokens), Effect.orElseSucceed(() => 0))
    Effect.runFork(promptTokens).addObserver((exit) => {
      if (this.#stopped !== "lost") this.#end(this.#receipt("cancelled", Exit.isSuccess(exit) ? exit.value : 0))
    })
  }

  #end(ending: Ending): void {
    const { job_id: jobId, attempt_id: attemptId, model } = this.#assign
    const outcome = ending.type === "receipt" ? ending.finish_reason : ending.type
    const { now, onAttemptEnded } = this.#services
    onAttemptEnded?.({ jobId, attemptId, model, startedAt: this.#startedAt, endedAt: now(), outcome, completionTokens: this.#tokens })
    this.#output.onEnd(ending)
  }

  #receipt(finish_reason: FinishReason | "cancelled", prompt_tokens: number): Ending {
    const { job_id, attempt_id } = this.#assign
    return {
      type: "receipt", job_id, attempt_id, finish_reason, prompt_tokens,
      completion_tokens: this.#tokens,
      answer_hash: this.#hash.hex(),
      duration_ms: Math.max(0, Math.round(this.#services.now() - this.#startedAt)),
    }
  }

  #failed(message: string): Ending {
    return { type: "failed", attempt_id: this.#assign.attempt_id, message: message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed() }
  }
}
