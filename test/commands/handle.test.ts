import { Effect, Exit, Result } from "effect"
import { describe, expect, it } from "vitest"
import { makeCommands } from "#commands/handle.ts"
import { creditLedger, type LedgerCommand } from "#domain/credit-ledger/index.ts"
import { type Commit, type EventStoreShape, EventStoreUnavailable } from "#commands/ports/event-store.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { NAMESPACE } from "#test/support/memory-network.ts"

const grant = (grantId: string, amount = 1n): LedgerCommand => ({
  type: "GrantCredits", namespaceId: NAMESPACE, grantId, amount, reason: "test", at: 1,
})
const meta = (commandId: string) => ({ commandId, correlationId: "c" })

const watched = (store: EventStoreShape) => {
  const commits: Commit[] = []
  const append: EventStoreShape["append"] = (commit) => {
    commits.push(commit)
    return store.append(commit)
  }
  return { commits, store: { ...store, append } }
}

/** Another process appends to the stream just before each of our first `times` appends. */
const rivalled = (store: EventStoreShape, times: number) => {
  let appends = 0
  const append: EventStoreShape["append"] = (commit) => {
    if (appends >= times) return store.append(commit)
    const id = `rival-${appends++}`
    const rival = makeCommands(store).handle(creditLedger, "a", grant(id), meta(id))
    return Effect.andThen(Effect.ignore(rival), store.append(commit))
  }
  return { store: { ...store, append }, rivalAppends: () => appends }
}

describe("handle", () => {
  it("folds the commands that wait for one stream into few commits, each deciding on what those before it leave", async () => {
    const { commits, store } = watched(memoryLog().store)
    const commands = makeCommands(store)
    const grants = Array.from({ length: 100 }, (_, n) => commands.handle(creditLedger, "a", grant(`g${n}`), meta(`m${n}`)))
    await Effect.runPromise(Effect.all(grants, { concurrency: "unbounded" }))
    const state = await Effect.runPromise(commands.load(creditLedger, "a"))
    expect(state.available).toBe(100n)
    expect(commits.length).toBeLessThanOrEqual(3)
  })

  it("answers each command alone: a refusal among them does not touch its neighbours", async () => {
    const commands = makeCommands(memoryLog().store)
    const all = ["ok1", "bad", "ok2"].map((id) =>
      Effect.result(commands.handle(creditLedger, "a", grant(id, id === "bad" ? 0n : 1n), meta(id))),
    )
    const [first, second, third] = await Effect.runPromise(Effect.all(all, { concurrency: "unbounded" }))
    expect(first && Result.isSuccess(first)).toBe(true)
    expect(second).toMatchObject({ failure: { _tag: "GrantNotPositive" } })
    expect(third && Result.isSuccess(third)).toBe(true)
  })

  it("decides again when another process was faster, and loses nothing of either", async () => {
    const log = memoryLog()
    const [one, two] = [makeCommands(log.store), makeCommands(log.store)]
    const both = [one, two].flatMap((commands, who) =>
      Array.from({ length: 10 }, (_, n) => commands.handle(creditLedger, "a", grant(`${who}-${n}`), meta(`${who}-${n}`))),
    )
    await Effect.runPromise(Effect.all(both, { concurrency: "unbounded" }))
    expect((await Effect.runPromise(one.load(creditLedger, "a"))).available).toBe(20n)
    expect((await Effect.runPromise(two.load(creditLedger, "a"))).available).toBe(20n)
  })

  it("refuses only on what the log says now, not on a stale cache", async () => {
    const log = memoryLog()
    const [gateway, admin] = [makeCommands(log.store), makeCommands(log.store)]
    const conflict = grant("g", 2n)
    await Effect.runPromise(gateway.handle(creditLedger, "a", grant("warm"), meta("warm")))
    await Effect.runPromise(admin.handle(creditLedger, "a", grant("g", 1n), meta("g")))
    const refused = await Effect.runPromise(Effect.result(gateway.handle(creditLedger, "a", conflict, meta("g2"))))
    expect(refused).toMatchObject({ failure: { _tag: "GrantConflict", granted: 1n, offered: 2n } })
  })

  it("does not read a stream that it is told is new, and reads one that turns out not to be", async () => {
    const log = memoryLog()
    let reads = 0
    const readStream: EventStoreShape["readStream"] = (...of) => {
      reads += 1
      return log.store.readStream(...of)
    }
    const store = { ...log.store, readStream }
    const first = makeCommands(store).handle(creditLedger, "a", grant("g", 1n), meta("g"), "new")
    await Effect.runPromise(first)
    expect(reads).toBe(0)
    const refused = makeCommands(store).handle(creditLedger, "a", grant("g", 2n), meta("other"), "new")
    expect(await Effect.runPromise(Effect.result(refused))).toMatchObject({ failure: { _tag: "GrantConflict", granted: 1n, offered: 2n } })
    const added = makeCommands(store)
    await Effect.runPromise(added.handle(creditLedger, "a", grant("h", 2n), meta("h"), "new"))
    expect((await Effect.runPromise(added.load(creditLedger, "a"))).available).toBe(3n)
    expect(reads).toBeGreaterThan(0)
  })

  it("repeats nothing of a stream that it is told is new and that has the same command already", async () => {
    const log = memoryLog()
    const once = () => makeCommands(log.store).handle(creditLedger, "a", grant("g", 1n), meta("g"), "new")
    await Effect.runPromise(once())
    await Effect.runPromise(once())
    expect((await Effect.runPromise(makeCommands(log.store).load(creditLedger, "a"))).available).toBe(1n)
  })

  it("does not trust its cache after a commit whose answer was lost turned up in the log", async () => {
    const log = memoryLog()
    let lost: Commit | null = null
    const append: EventStoreShape["append"] = (commit) => {
      if (lost === null) {
        lost = commit
        return Effect.fail(new EventStoreUnavailable({ reason: "no answer" }))
      }
      // The commit that seemed lost lands just before the one that repeats its end.
      return Effect.andThen(log.store.append(lost), log.store.append(commit))
    }
    const commands = makeCommands({ ...log.store, append })
    const both = [grant("a", 1n), grant("b", 2n)].map((command, n) => Effect.exit(commands.handle(creditLedger, "a", command, meta(`m${n}`))))
    await Effect.runPromise(Effect.all(both, { concurrency: "unbounded" }))
    await Effect.runPromise(commands.handle(creditLedger, "a", grant("b", 2n), meta("m1")))
    expect((await Effect.runPromise(commands.load(creditLedger, "a"))).available).toBe(3n)
    expect(commands.peek(creditLedger, "a")?.available).toBe(3n)
  })

  it("gives nothing new when a command is repeated, at the position it already has", async () => {
    const commands = makeCommands(memoryLog().store)
    const once = await Effect.runPromise(commands.handle(creditLedger, "a", grant("g"), meta("g")))
    const again = await Effect.runPromise(commands.handle(creditLedger, "a", grant("g"), meta("g")))
    expect(once.events).toHaveLength(1)
    expect(again).toEqual({ events: [], position: once.position })
  })

  it("does not append what breaks an invariant, and goes on with the next command", async () => {
    const broken = { ...creditLedger, invariant: (state: { readonly granted: bigint }) => (state.granted === 13n ? "thirteen" : null) }
    const { commits, store } = watched(memoryLog().store)
    const commands = makeCommands(store)
    const exit = await Effect.runPromiseExit(commands.handle(broken, "a", grant("g", 13n), meta("g")))
    expect(Exit.isFailure(exit)).toBe(true)
    expect(commits).toEqual([])
    const after = await Effect.runPromise(commands.handle(broken, "a", grant("h", 1n), meta("h")))
    expect(after.events).toHaveLength(1)
  })

  it("goes on while another process is faster again and again", async () => {
    const log = memoryLog()
    const { store, rivalAppends } = rivalled(log.store, 20)
    await Effect.runPromise(makeCommands(store).handle(creditLedger, "a", grant("mine"), meta("mine")))
    expect(rivalAppends()).toBe(20)
    expect((await Effect.runPromise(makeCommands(log.store).load(creditLedger, "a"))).available).toBe(21n)
  })

  it("gives up, with nothing of the command in the log, when another process is faster every time", async () => {
    const log = memoryLog()
    const { store } = rivalled(log.store, Infinity)
    const refused = await Effect.runPromise(Effect.result(makeCommands(store).handle(creditLedger, "a", grant("mine"), meta("mine"))))
    expect(refused).toMatchObject({ failure: { _tag: "TooManyConflicts" } })
    expect((await Effect.runPromise(makeCommands(log.store).load(creditLedger, "a"))).grants.get("mine")).toBeUndefined()
  })

  it("takes along what has come meanwhile when it decides again", async () => {
    const log = memoryLog()
    const commands = makeCommands(log.store)
    const later = Promise.withResolvers<unknown>()
    let attempts = 0
    const append: EventStoreShape["append"] = (commit) => {
      attempts += 1
      if (attempts > 1) return log.store.append(commit)
      later.resolve(Effect.runPromise(mine.handle(creditLedger, "a", grant("later"), meta("later"))))
      return Effect.andThen(Effect.ignore(commands.handle(creditLedger, "a", grant("rival"), meta("rival"))), log.store.append(commit))
    }
    const mine = makeCommands({ ...log.store, append })
    await Effect.runPromise(mine.handle(creditLedger, "a", grant("mine"), meta("mine")))
    await later.promise
    expect(attempts).toBe(2)
    expect((await Effect.runPromise(commands.load(creditLedger, "a"))).available).toBe(3n)
  })

  it("reads a stream before it decides where another process was faster lately", async () => {
    const log = memoryLog()
    const { commits, store } = watched(log.store)
    const [one, two] = [makeCommands(store), makeCommands(store)]
    for (let n = 0; n < 10; n += 1) {
      for (const [who, commands] of [one, two].entries()) {
        await Effect.runPromise(commands.handle(creditLedger, "a", grant(`${who}-${n}`), meta(`${who}-${n}`)))
      }
    }
    // Each has to lose once before it knows.
    expect(commits.length).toBeLessThanOrEqual(22)
  })
})
