import { importPeer } from "./peers.ts"

/** The part of Emmett's interface used here; the package lives in test/bench/peers with its own lock file. */
interface Emmett {
  readonly CommandHandler: (options: {
    readonly evolve: (state: number, event: object) => number
    readonly initialState: () => number
  }) => (store: object, stream: string, decide: (state: number) => object) => Promise<unknown>
}
interface EmmettPostgres {
  readonly getPostgreSQLEventStore: (url: string) => { readonly close: () => Promise<void> }
}

/** It reads the whole stream for each command: its callers move on to a new one, or the measurement would get slower and slower. */
const EVENTS_PER_STREAM = 20

/** One event per command, a stream per caller, as Emmett's own documentation does it. */
export const emmettCommands = async (url: string) => {
  const { CommandHandler } = await importPeer<Emmett>("@event-driven-io/emmett")
  const { getPostgreSQLEventStore } = await importPeer<EmmettPostgres>("@event-driven-io/emmett-postgresql")
  const store = getPostgreSQLEventStore(url)
  const handle = CommandHandler({ evolve: (state) => state + 1, initialState: () => 0 })
  const run = Date.now()
  let next = 0
  const done = new Map<number, number>()
  const command = (caller: number) => {
    const mine = done.get(caller) ?? 0
    done.set(caller, mine + 1)
    const grantId = `grant-${next++}`
    return handle(store, `bench-${run}-${caller}-${Math.floor(mine / EVENTS_PER_STREAM)}`, () => ({
      type: "CreditsGranted",
      data: { grantId, amount: "1", reason: "bench", at: Date.now() },
    }))
  }
  // Alone: when as many callers as it has connections meet a database without its tables, they wait for each other forever.
  await command(-1)
  return { command, close: () => store.close() }
}
