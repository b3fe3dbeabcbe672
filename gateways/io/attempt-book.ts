import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { type AnswerCheck, type Seen, WrongAnswer } from "./answer-check.ts"
import { MAX_PIECE_CHARACTERS } from "#domain/protocol/answer-text.ts"
import type { Refusal } from "./envelope.ts"
import type { ReceiptFrame, TokenChunk } from "#domain/protocol/frames.ts"
import { MAX_CHARACTERS_PER_TOKEN, MAX_TOKENS_PER_CHARACTER, SLACK_TOKENS } from "./limits.ts"
import type { RunningHash } from "../ports/node-signatures.ts"

/** Finished attempts of a session that are remembered, to tell a repeated receipt from a forged one. */
const MAX_FINISHED = 2_000

export interface RunningAttempt {
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly maxOutputTokens: number
  readonly hash: RunningHash
  /** Of its request; null until the node has that. */
  check: AnswerCheck | null
  /** The node has it. Until then a cancel ends it here. */
  sent: boolean
  cancelled: boolean
  chunks: number
  /** The network's own count. */
  tokens: number
  characters: number
  /** Characters of log probabilities. */
  logprobs: number
}

/** What one session is working on, and what it has finished. */
export class AttemptBook {
  readonly #running = new Map<AttemptId, RunningAttempt>()
  readonly #finished = new Map<AttemptId, string>()

  start(attempt: RunningAttempt): void {
    this.#running.set(attempt.attemptId, attempt)
  }

  get(attemptId: AttemptId): RunningAttempt | undefined {
    return this.#running.get(attemptId)
  }

  drop(attemptId: AttemptId): void {
    this.#running.delete(attemptId)
  }

  get running(): readonly RunningAttempt[] {
    return [...this.#running.values()]
  }

  /** Counts a chunk in, or says what is wrong with it. */
  take(attempt: RunningAttempt, chunk: TokenChunk): Refusal | null {
    if (chunk.index !== attempt.chunks) {
      return { code: "unexpected_frame", message: `chunk ${chunk.index} came where ${attempt.chunks} was due` }
    }
    if (attempt.tokens + chunk.tokens > attempt.maxOutputTokens) {
      return { code: "receipt_mismatch", message: `more than the ${attempt.maxOutputTokens} tokens that are paid for` }
    }
    if (chunk.text.length > MAX_PIECE_CHARACTERS) {
      return { code: "frame_too_large", message: `a chunk of ${chunk.text.length} characters, of at most ${MAX_PIECE_CHARACTERS}` }
    }
    const seen = seenIn(attempt, chunk.text)
    if ("code" in seen) return seen
    const tokens = attempt.tokens + chunk.tokens
    const characters = attempt.characters + seen.characters
    const logprobs = attempt.logprobs + seen.logprobs
    if (tokens > characters * MAX_TOKENS_PER_CHARACTER + SLACK_TOKENS) {
      return { code: "receipt_mismatch", message: `${tokens} tokens claimed for ${characters} characters` }
    }
    if (characters > (tokens + SLACK_TOKENS) * MAX_CHARACTERS_PER_TOKEN) {
      return { code: "receipt_mismatch", message: `${characters} characters sent as ${tokens} tokens` }
    }
    if (logprobs > (attempt.check?.mostLogprobCharacters(tokens + SLACK_TOKENS) ?? 0)) {
      return { code: "receipt_mismatch", message: `${logprobs} characters of log probabilities for ${tokens} tokens` }
    }
    attempt.chunks += 1
    attempt.characters = characters
    attempt.logprobs = logprobs
    attempt.tokens = tokens
    attempt.hash.update(chunk.text)
    return null
  }

  /** A receipt must say what the network saw itself. */
  check(attempt: RunningAttempt, receipt: ReceiptFrame): Refusal | null {
    if (receipt.job_id !== attempt.jobId) {
      return { code: "receipt_mismatch", message: "the receipt names another job" }
    }
    if (receipt.answer_hash !== attempt.hash.hex()) {
      return { code: "receipt_mismatch", message: "answer_hash is not the hash of the text that was sent" }
    }
    const difference = Math.abs(receipt.completion_tokens - attempt.tokens)
    if (difference > Math.max(2, attempt.tokens * 0.02)) {
      return { code: "receipt_mismatch", message: `${receipt.completion_tokens} tokens claimed, ${attempt.tokens} seen` }
    }
    return whatIsWrong(() => attempt.check?.end(receipt.finish_reason))
  }

  finish(attemptId: AttemptId, receiptText: string): void {
    this.#running.delete(attemptId)
    this.#finished.set(attemptId, receiptText)
    const oldest = this.#finished.keys().next()
    if (this.#finished.size > MAX_FINISHED && !oldest.done) this.#finished.delete(oldest.value)
  }

  /** Why a receipt for an attempt that is not running is refused; null when it repeats the accepted one. */
  afterwards(receipt: ReceiptFrame, sameContent: string): Refusal | null {
    const accepted = this.#finished.get(receipt.attempt_id)
    if (accepted === undefined) return { code: "unknown_attempt", message: "no such attempt in this session" }
    return accepted === sameContent ? null : { code: "receipt_conflict", message: "another receipt was accepted for this attempt" }
  }
}

const seenIn = ({ check }: RunningAttempt, text: string): Seen | Refusal => {
  if (check === null) return { code: "unexpected_frame", message: "text of an attempt that the node was not given yet" }
  let seen: Seen = { characters: 0, logprobs: 0 }
  return whatIsWrong(() => void (seen = check.take(text))) ?? seen
}

const whatIsWrong = (look: () => void): Refusal | null => {
  try {
    look()
    return null
  } catch (cause) {
    if (cause instanceof WrongAnswer) return { code: "receipt_mismatch", message: cause.message }
    throw cause
  }
}

/** What a receipt says, apart from when it was sent: the same statement sent twice is a repetition. */
export const statementOf = (receipt: ReceiptFrame): string => {
  const { job_id, attempt_id, finish_reason, prompt_tokens, completion_tokens, answer_hash } = receipt
  return JSON.stringify([job_id, attempt_id, finish_reason, prompt_tokens, completion_tokens, answer_hash])
}
