import { Effect, Exit, Fiber, Option, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { uuidV7 } from "#commands/ids.ts"
import type { Lease, LeasesShape } from "#commands/ports/leases.ts"
import { run } from "./contract-events.ts"

export interface OpenedLeases {
  readonly one: LeasesShape
  /** The same leases as another process would have them. */
  readonly other: LeasesShape
  readonly close: () => Promise<void>
}

export const CONTRACT_TTL_MS = 2_000

/** A lease with its end in hand. */
export const hold = async (leases: LeasesShape, name: string, ttlMs = CONTRACT_TTL_MS): Promise<Lease & { readonly giveBack: () => Promise<void> }> => {
  const scope = await run(Scope.make())
  const lease = await run(Scope.provide(leases.acquire(name, ttlMs), scope))
  return { ...lease, giveBack: () => run(Scope.close(scope, Exit.void)) }
}

export const newName = (): string => `lease-${uuidV7()}`

/** The rules of Leases, for every adapter. */
export const leasesContract = (adapter: string, open: () => Promise<OpenedLeases>): void => {
  describe(`leases on ${adapter}`, () => {
    let opened: OpenedLeases
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    it("are held by one at a time, and the next holder's fence is greater", async () => {
      const name = newName()
      const first = await hold(opened.one, name)
      expect(first.stillHeld()).toBe(true)
      const order: string[] = []
      const waiting = hold(opened.other, name).then((lease) => (order.push("taken"), lease))
      // Another name is free: when it is held, the waiting one had its chance.
      await (await hold(opened.other, newName())).giveBack()
      order.push("given back")
      await first.giveBack()
      const second = await waiting
      expect(order).toEqual(["given back", "taken"])
      expect(second.fence).toBeGreaterThan(first.fence)
      expect([first.stillHeld(), second.stillHeld()]).toEqual([false, true])
      await second.giveBack()
    })

    it("are never held by two of many that want them, and each fence is greater than the last", async () => {
      const name = newName()
      let holders = 0
      const fences: number[] = []
      const visit = (leases: LeasesShape) =>
        Effect.scoped(
          Effect.gen(function* () {
            const lease = yield* leases.acquire(name, CONTRACT_TTL_MS)
            holders += 1
            expect(holders).toBe(1)
            yield* Effect.yieldNow
            fences.push(lease.fence)
            holders -= 1
          }),
        )
      await run(Effect.all([opened.one, opened.other, opened.one, opened.other, opened.one].map(visit), { concurrency: "unbounded" }))
      expect(fences).toHaveLength(5)
      expect(fences).toEqual([...new Set(fences)].toSorted((a, b) => a - b))
    })

    it("stay held for longer than their time, as long as the holder is there", async () => {
      const name = newName()
      const lease = await hold(opened.one, name, 300)
      const lost = Effect.runFork(lease.lost)
      const wanted = await run(Effect.scoped(opened.other.acquire(name, 300)).pipe(Effect.timeoutOption(700)))
      expect(Option.isNone(wanted)).toBe(true)
      expect([lease.stillHeld(), lost.pollUnsafe()]).toEqual([true, undefined])
      await run(Fiber.interrupt(lost))
      await lease.giveBack()
    })

    it("are not blocked by one who waited and went away", async () => {
      const name = newName()
      const first = await hold(opened.one, name)
      const gone = Effect.runFork(Effect.scoped(opened.other.acquire(name, CONTRACT_TTL_MS)))
      await run(Fiber.interrupt(gone))
      await first.giveBack()
      const next = await hold(opened.one, name)
      expect(next.stillHeld()).toBe(true)
      await next.giveBack()
    })

    it("of different names do not know of each other", async () => {
      const [a, b] = await Promise.all([hold(opened.one, newName()), hold(opened.other, newName())])
      expect([a.stillHeld(), b.stillHeld()]).toEqual([true, true])
      await Promise.all([a.giveBack(), b.giveBack()])
    })
  })
}
