import { Effect, Schedule } from "effect"
import type { SessionId } from "#domain/kernel/ids.ts"
import { closeLostSession } from "../node/close-lost-session.ts"
import { OpenWork } from "../ports/open-work.ts"
import { Presence } from "../ports/presence.ts"

const INTERVAL = "5 seconds"
/** Per round; what is left over comes in the next. */
const BATCH = 10_000
/** Not seen for so long: twice the silence after which its own gateway would have closed it. */
export const LOST_AFTER_MS = 60_000

/** Ends, for ever, the sessions of nodes that nobody sees any more: their gateway was killed before it could, and the node did not come back. */
export const closeLostSessions = Effect.suspend(() => {
  const unseenSince = new Map<SessionId, number>()
  return lostSessionsRound(unseenSince, Date.now).pipe(
    Effect.catchCause((cause) => Effect.logWarning("lost sessions were not looked for", cause)),
    Effect.repeat(Schedule.spaced(INTERVAL)),
  )
})

/** One look; `unseenSince` is what earlier ones found. */
export const lostSessionsRound = Effect.fnUntraced(function* (unseenSince: Map<SessionId, number>, now: () => number) {
  const openWork = yield* OpenWork
  const presence = yield* Presence
  const at = now()
  const seen = new Set(presence.online(at).map(({ sessionId }) => sessionId))
  const open = yield* openWork.sessions(BATCH)
  const unseen = open.filter(({ sessionId }) => !seen.has(sessionId))
  const still = new Set(unseen.map(({ sessionId }) => sessionId))
  for (const sessionId of unseenSince.keys()) if (!still.has(sessionId)) unseenSince.delete(sessionId)
  for (const { nodeId, sessionId } of unseen) {
    const since = unseenSince.get(sessionId) ?? at
    unseenSince.set(sessionId, since)
    if (at - since >= LOST_AFTER_MS) yield* closeLostSession({ nodeId, sessionId })
  }
})
