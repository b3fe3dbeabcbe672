import { setTimeout } from "node:timers/promises"
import type { LlamaContextSequence } from "node-llama-cpp"
import type { Pace } from "#node/pace.ts"

/** Makes a sequence compute no token before its moment: the machine rests in between, rather than only the sending. */
export const slowDown = (sequence: LlamaContextSequence, pace: Pace): void => {
  const evaluate = sequence.evaluate.bind(sequence)
  sequence.evaluate = async function* (tokens, options) {
    const steps = evaluate(tokens, options)
    try {
      let replacement: Parameters<typeof steps.next>[0]
      while (true) {
        const waitMs = pace.reserve(performance.now())
        if (waitMs > 0) await setTimeout(waitMs)
        const step = await steps.next(replacement)
        if (step.done === true) return
        replacement = yield step.value
      }
    } finally {
      await steps.return()
    }
  }
}
