import { Effect } from "effect"
import { Pace } from "#node/pace.ts"

/** Without a limit the event loop gets its turn this often. */
const BURST_PIECES = 16

export interface EchoPiece {
  readonly text: string
  readonly tokens: number
}

export type SayPaced = (pieces: readonly EchoPiece[], say: (piece: EchoPiece) => void) => Effect.Effect<void>

/** Says pieces one after the other, at most `perSecond` by all callers together; interruption stops it between two of them. */
export const sayPaced = (perSecond: number | undefined): SayPaced => {
  if (perSecond === undefined) return inBursts
  const shared = new Pace(perSecond)
  return spaced(() => shared)
}

/** As `sayPaced`, but each caller says `perSecond`, however many there are. */
export const sayEach = (perSecond: number | undefined): SayPaced => (perSecond === undefined ? inBursts : spaced(() => new Pace(perSecond)))

const inBursts: SayPaced = (pieces, say) =>
  Effect.callback((resume) => {
    let next = 0
    let turn: NodeJS.Immediate
    const burst = (): void => {
      const end = next + BURST_PIECES
      for (const piece of pieces.slice(next, end)) say(piece)
      next = end
      if (next >= pieces.length) resume(Effect.void)
      else turn = setImmediate(burst)
    }
    turn = setImmediate(burst)
    return Effect.sync(() => clearImmediate(turn))
  })

const spaced =
  (paceOf: () => Pace): SayPaced =>
  (pieces, say) =>
    Effect.callback((resume) => {
      const pace = paceOf()
      let next = 0
      let timer: NodeJS.Timeout
      const wait = (): void => {
        const piece = pieces[next]
        if (piece === undefined) return resume(Effect.void)
        timer = setTimeout(() => {
          say(piece)
          next += 1
          wait()
        }, pace.reserve(performance.now()))
      }
      wait()
      return Effect.sync(() => clearTimeout(timer))
    })
