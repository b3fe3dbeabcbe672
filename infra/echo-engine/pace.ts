import { Effect } from "effect"

/** Without a limit the event loop gets its turn this often. */
const BURST_TOKENS = 16

export type Paced = (words: readonly string[], say: (word: string) => void) => Effect.Effect<void>

/** Says words one after the other, at most `tokensPerSecond` by all callers together; interruption stops it between two words. */
export const pace = (tokensPerSecond: number | undefined): Paced =>
  tokensPerSecond === undefined ? inBursts : spacedBy(1000 / tokensPerSecond)

const inBursts: Paced = (words, say) =>
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

const spacedBy = (intervalMs: number): Paced => {
  let nextAt = 0
  return (words, say) =>
    Effect.callback((resume) => {
      let next = 0
      let timer: NodeJS.Timeout
      const wait = (): void => {
        if (next === words.length) return resume(Effect.void)
        const now = performance.now()
        nextAt = Math.max(now, nextAt + intervalMs)
        timer = setTimeout(() => {
          say(words[next] ?? "")
          next += 1
          wait()
        }, nextAt - now)
      }
      wait()
      return Effect.sync(() => clearTimeout(timer))
    })
}
