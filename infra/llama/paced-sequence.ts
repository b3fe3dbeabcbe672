import { setTimeout } from "node:timers/promises"
import type { LlamaContextSequence } from "node-llama-cpp"
import type { Pace } from "#node/pace.ts"

/**
 * Makes a sequence compute no token before its moment: the machine rests in between, rather than only the sending. `stop` is the
 * signal of the generation that runs on it: an aborted one does not wait for a token that nobody wants.
 */
export const slowDown = (sequence: LlamaContextSequence, pace: Pick<Pace, "reserve">, stop: () => AbortSignal | null): void => {
  const evaluate = sequence.evaluate.bind(sequence)
  sequence.evaluate = async function* (tokens, options) {
    const steps = evaluate(tokens, options)
    try {
      let replacement: Parameters<typeof steps.next>[0]
      while (true) {
        const waitMs = pace.reserve(performance.now())
        if (waitMs > 0 && !(await waited(waitMs, stop()))) return
        const step = await steps.next(replacement)
        if (step.done === true) return
        replacement = yield step.value
      }
    } finally {
      await steps.return()
    }
  }
}

/** False when the wait was cut short. */
const waited = (ms: number, signal: AbortSignal | null): Promise<boolean> =>
  setTimeout(ms, true, signal === null ? {} : { signal }).catch(() => false)
