import { Effect } from "effect"
import { Pace } from "#node/pace.ts"

/** Without a limit the event loop gets its turn this often. */
const BURST_TOKENS = 16

export type SayPaced = (words: readonly string[], say: (word: string) => void) => Effect.Effect<void>

/** Says words one after the other, at most `tokensPerSecond` by all callers together; interruption stops it between two words. */
export const sayPaced = (tokensPerSecond: number | undefined): SayPaced =>
  tokensPerSecond === undefined ? inBursts : spaced(new Pace(tokensPerSecond))

const inBursts: SayPaced = (words, say) =>
  Effect.callback((resume) => {
    let next = 0
    let turn: NodeJS.Immediate
    const burst = (): void => {
      const end = Math.min(next + BURST_TOKENS, words.length)
      for (; next < end; next += 1) say(words[next] ?? "")
      if (next === words.length) resume(Effect.void)
      else turn = setImmediate(burst)
    }
    turn = setImmediate(burst)
    return Effect.sync(() => clearImmediate(turn))
  })

const spaced =
  (pace: Pace): SayPaced =>
  (words, say) =>
    Effect.callback((resume) => {
      let next = 0
      let timer: NodeJS.Timeout
      const wait = (): void => {
        if (next === words.length) return resume(Effect.void)
        timer = setTimeout(() => {
          say(words[next] ?? "")
          next += 1
          wait()
        }, pace.reserve(performance.now()))
      }
      wait()
      return Effect.sync(() => clearTimeout(timer))
    })
