import type { AttemptId } from "#domain/kernel/ids.ts"
import { MAX_PIECE_CHARACTERS } from "#domain/protocol/answer-text.ts"
import type { TokenChunk } from "#domain/protocol/frames.ts"

/** While text flows, one frame at most this often carries all streams' chunks: one signature for many. */
export const COALESCE_MS = 33
/** Text of one frame; JSON escapes make it six times longer at worst, which still fits. */
const MAX_WAITING_CHARACTERS = 256 * 1024
/** Chunks of one frame; more attempts than this at once send in two frames. */
const MAX_CHUNKS = 4_096

interface Waiting {
  text: string
  tokens: number
}

/**
 * Collects the text of all running attempts into few frames. The first text after an idle moment goes at once. What is pushed at once
 * stays together; a chunk holds no more than `MAX_PIECE_CHARACTERS`.
 */
export class TokenCoalescer {
  readonly #send: (chunks: readonly TokenChunk[]) => void
  readonly #waiting = new Map<AttemptId, Waiting>()
  readonly #nextIndex = new Map<AttemptId, number>()
  #waitingCharacters = 0
  #timer: NodeJS.Timeout | undefined

  constructor(send: (chunks: readonly TokenChunk[]) => void) {
    this.#send = send
  }

  push(attemptId: AttemptId, text: string, tokens: number): void {
    if (text === "" && tokens === 0) return
    const begun = this.#waiting.get(attemptId)?.text.length ?? 0
    const isFull = begun + text.length > MAX_PIECE_CHARACTERS || this.#waitingCharacters + text.length > MAX_WAITING_CHARACTERS
    if (isFull) this.flush()
    const waiting = this.#waiting.get(attemptId)
    if (waiting === undefined) this.#waiting.set(attemptId, { text, tokens })
    else {
      waiting.text += text
      waiting.tokens += tokens
    }
    this.#waitingCharacters += text.length
    if (this.#timer === undefined || this.#waiting.size >= MAX_CHUNKS) this.flush()
  }

  /** Sends what waits, now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.size === 0) return
    const chunks = [...this.#waiting].map(([attemptId, waiting]) => this.#chunk(attemptId, waiting))
    this.#waiting.clear()
    this.#waitingCharacters = 0
    this.#send(chunks)
    this.#timer = setTimeout(() => this.flush(), COALESCE_MS)
  }

  /** The attempt has ended: its last text goes now, and its numbering is forgotten. */
  finish(attemptId: AttemptId): void {
    if (this.#waiting.has(attemptId)) this.flush()
    this.#nextIndex.delete(attemptId)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
    this.#nextIndex.clear()
  }

  #chunk(attemptId: AttemptId, { text, tokens }: Waiting): TokenChunk {
    const index = this.#nextIndex.get(attemptId) ?? 0
    this.#nextIndex.set(attemptId, index + 1)
    return { attempt_id: attemptId, index, text, tokens }
  }
}
