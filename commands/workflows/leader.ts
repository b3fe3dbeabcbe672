import { Effect } from "effect"
import { Commands, type CommandsShape } from "../handle.ts"
import { Bus, type BusShape, NoReply } from "../ports/bus.ts"
import { Counters, type CountersShape } from "../ports/counters.ts"
import { EventStoreUnavailable } from "../ports/event-store.ts"
import { type Lease, Leases } from "../ports/leases.ts"

/** A leader that dies is replaced within this. */
export const LEADER_LEASE_MS = 5_000
/** Pause before a lease that could not be asked for, or work that failed, is tried again. */
const RETRY_DELAY_MS = 500

/**
 * Runs `work` while this process holds the lease `name`: waits for it first, and again after it was lost. Of all processes with the
 * same name one is at work, the others stand by. A process that lost the lease and has not noticed yet (it was stopped, say) can
 * write nothing and arrange nothing: its commands fail before they reach the log, its requests before they reach anybody. What a
 * command that was already on its way may do, the revision it expects decides.
 */
export const asLeader = <Failure, Needs>(name: string, work: Effect.Effect<unknown, Failure, Needs>) => {
  const term = Effect.gen(function* () {
    const leases = yield* Leases
    const commands = yield* Commands
    const bus = yield* Bus
    const counters = yield* Counters
    const lease = yield* leases.acquire(name, LEADER_LEASE_MS)
    counters.increment("leader_terms_total", name)
    const fenced = work.pipe(
      Effect.provideService(Commands, fencedCommands(lease, commands, counters)),
      Effect.provideService(Bus, fencedBus(lease, bus, counters)),
    )
    yield* Effect.raceFirst(fenced, lease.lost)
  })
  return Effect.scoped(term).pipe(
    Effect.catchCause((cause) => Effect.logWarning(`${name}: the leader's term ended`, cause)),
    Effect.andThen(Effect.sleep(RETRY_DELAY_MS)),
    Effect.forever,
  )
}

const fencedCommands = (lease: Lease, commands: CommandsShape, counters: CountersShape): CommandsShape => ({
  ...commands,
  handle: (decider, id, command, meta) =>
    Effect.suspend(() => {
      if (lease.stillHeld()) return commands.handle(decider, id, command, meta)
      counters.increment("leader_refused_total")
      return Effect.fail(new EventStoreUnavailable({ reason: "this process is not the leader any more" }))
    }),
})

/** A gateway that the dispatcher of before tells to hear its attempt would not hear the one on record. What is only published changes nothing. */
const fencedBus = (lease: Lease, bus: BusShape, counters: CountersShape): BusShape => ({
  ...bus,
  request: (subject, message, timeoutMs) =>
    Effect.suspend(() => {
      if (lease.stillHeld()) return bus.request(subject, message, timeoutMs)
      counters.increment("leader_refused_total")
      return Effect.fail(new NoReply({ subject }))
    }),
})
