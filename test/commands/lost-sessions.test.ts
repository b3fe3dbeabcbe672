import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Commands } from "#commands/handle.ts"
import { OpenWork, type OpenSessionRef } from "#commands/ports/open-work.ts"
import { Presence } from "#commands/ports/presence.ts"
import { LOST_AFTER_MS, lostSessionsRound } from "#commands/workflows/lost-sessions.ts"
import type { SessionId } from "#domain/kernel/ids.ts"
import { nodeIdAt, sessionIdAt } from "#test/support/memory-network.ts"

const session = (n: number): OpenSessionRef => ({ nodeId: nodeIdAt(n), sessionId: sessionIdAt(n) })

/** What the read model calls open, whom the gateways see, and whose close was asked for. */
const looking = (open: readonly OpenSessionRef[]) => {
  const unseenSince = new Map<SessionId, number>()
  const state = { now: 1_000_000, seen: [] as readonly number[], closed: [] as string[] }
  const online = () =>
    state.seen.map((n) => ({
      ...session(n), environment: "testnet" as const, payee: "p", models: [], slots: 1, lastSeenAt: state.now, tokensPerSecond: 1,
    }))
  const round = (seen: readonly number[], passedMs: number): Promise<void> => {
    state.seen = seen
    state.now += passedMs
    return Effect.runPromise(
      lostSessionsRound(unseenSince, () => state.now).pipe(
        Effect.provideService(OpenWork, {
          jobs: () => Effect.succeed([]), holds: () => Effect.succeed([]), sessions: () => Effect.succeed(open),
        }),
        Effect.provideService(Presence, { online, announce: () => {}, withdraw: () => {} }),
        Effect.provideService(Commands, {
          handle: (_decider, id) => Effect.sync(() => (state.closed.push(id), { events: [], position: 0n })),
          load: () => Effect.die("nothing is loaded"),
          peek: () => null,
        }),
      ),
    )
  }
  return { round, closed: state.closed }
}

describe("sessions that nobody sees", () => {
  it("end after a minute, those of connected nodes never", async () => {
    const { round, closed } = looking([session(1), session(2)])
    await round([1], 0)
    await round([1], LOST_AFTER_MS - 1)
    expect(closed).toEqual([])
    await round([1], 1)
    expect(closed).toEqual([session(2).nodeId])
  })

  it("count from anew when they were seen in between", async () => {
    const { round, closed } = looking([session(1)])
    await round([], 0)
    await round([1], LOST_AFTER_MS - 1)
    await round([], 1)
    await round([], LOST_AFTER_MS - 1)
    expect(closed).toEqual([])
    await round([], 1)
    expect(closed).toEqual([session(1).nodeId])
  })
})
