import { Effect, Fiber, Result } from "effect"
import { describe, expect, it, vi } from "vitest"
import { submitChat, submitTogether } from "#commands/job/submit-chat.ts"
import { Commands } from "#commands/handle.ts"
import { holdIdOf } from "#commands/ids.ts"
import { ContentStoreUnavailable } from "#commands/ports/content-store.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { chat, jobIdAt, memoryNetwork, NAMESPACE } from "#test/support/memory-network.ts"

/** Prompt 10 and output 5 at the test's prices. */
const HOLD = 20n

const releaseAfter = (n: number) =>
  Effect.flatMap(Commands, ({ handle }) =>
    handle(
      creditLedger,
      NAMESPACE,
      { type: "SettleHold", namespaceId: NAMESPACE, holdId: holdIdOf(jobIdAt(n)), reason: "completed", completionTokens: 1, served: [], at: 2 },
      { commandId: `settle-${n}`, correlationId: "c" },
    ),
  )

describe("submitting a chat", () => {
  it("holds exactly the price of the prompt and the output that is asked for, and tells that number on", async () => {
    const network = await memoryNetwork()
    await network.grant(100n)
    const submitted = await network.run(submitChat(chat(1, { maxOutputTokens: 5 })))
    expect(submitted.quote).toMatchObject({ promptTokens: 10, maxOutputTokens: 5 })
    expect(await network.ledger()).toMatchObject({ available: 80n, held: HOLD })
    expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "submitted", submitted: { maxOutputTokens: 5 } })
  })

  it("admits exactly K of 200 at once on a balance for K", async () => {
    const network = await memoryNetwork()
    await network.grant(HOLD * 37n)
    const all = Array.from({ length: 200 }, (_, n) => Effect.result(submitChat(chat(n + 1, { maxOutputTokens: 5 }))))
    // Nothing settles here, so those that wait for held credits are let go together once that is hopeless: never, in this test.
    const results = await network.run(Effect.all(all.map((one) => Effect.timeoutOption(one, "300 millis")), { concurrency: "unbounded" }))
    const admitted = results.filter((result) => result._tag === "Some" && Result.isSuccess(result.value))
    expect(admitted).toHaveLength(37)
    expect(await network.ledger()).toMatchObject({ available: 0n, held: HOLD * 37n })
  })

  it("refuses at once, with the numbers, when not even held credits could pay, and keeps no prompt", async () => {
    const network = await memoryNetwork()
    await network.grant(HOLD - 1n)
    const refused = await network.run(Effect.result(submitChat(chat(1, { maxOutputTokens: 5 }))))
    expect(refused).toMatchObject({ failure: { _tag: "InsufficientCredits", available: 19n, held: 0n, required: HOLD } })
    expect(await network.jobState(jobIdAt(1))).toEqual({ stage: "absent" })
  })

  it("waits for credits that another request holds and may not need", async () => {
    const network = await memoryNetwork()
    await network.grant(HOLD + 15n)
    await network.run(submitChat(chat(1, { maxOutputTokens: 5 })))
    const second = await network.run(
      Effect.gen(function* () {
        const waiting = yield* Effect.forkChild(submitChat(chat(2, { maxOutputTokens: 5 })))
        yield* Effect.yieldNow
        yield* releaseAfter(1)
        return yield* Fiber.join(waiting)
      }),
    )
    expect(second.jobId).toBe(jobIdAt(2))
    expect((await network.ledger()).available).toBe(35n - 12n - HOLD)
  })

  it("shortens the answer to the rest of the balance when the client named no limit", async () => {
    const network = await memoryNetwork()
    await network.grant(17n)
    const { quote } = await network.run(submitChat(chat(1, { maxOutputTokens: null })))
    expect(quote.maxOutputTokens).toBe(3)
    expect((await network.ledger()).held).toBe(16n)
  })

  it("caps the output at what is left of the model's context", async () => {
    const network = await memoryNetwork()
    await network.grant(10_000n)
    const { quote } = await network.run(submitChat(chat(1, { maxOutputTokens: 4_000, promptTokens: 500 })))
    expect(quote.maxOutputTokens).toBe(12)
  })
})

describe("a prompt that cannot be kept", () => {
  it.each([[10_000n, "beside the holds"], [17n, "after them"]])("on a balance of %s, %s, is refused and gives the credits back at once", async (balance) => {
    const network = await memoryNetwork({
      content: (store) => ({ ...store, put: () => Effect.fail(new ContentStoreUnavailable({ reason: "full" })) }),
    })
    await network.grant(balance)
    const refused = await network.run(Effect.result(submitChat(chat(1, { maxOutputTokens: null }))))
    expect(refused).toMatchObject({ failure: { _tag: "NetworkUnavailable" } })
    await vi.waitFor(async () => expect(await network.ledger()).toMatchObject({ available: balance, held: 0n }))
    expect((await network.ledger()).holds.size).toBe(1)
    expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "voided" })
  })
})

describe("submitting the jobs of one request", () => {
  /** One prompt of 10, paid once, and `count` answers of 5. */
  const choices = (count: number, from = 1, maxOutputTokens: number | null = 5) =>
    Array.from({ length: count }, (_, n) => ({ ...chat(from + n, { maxOutputTokens }), paidPromptTokens: n === 0 ? 10 : 0 }))

  it("holds the prompt once and the output of each, and tells every job how long its prompt is", async () => {
    const network = await memoryNetwork()
    await network.grant(100n)
    const submitted = await network.run(submitTogether(choices(3)))
    expect(submitted.map(({ jobId, quote }) => [jobId, quote.promptTokens, quote.maxOutputTokens])).toEqual([
      [jobIdAt(1), 10, 5], [jobIdAt(2), 0, 5], [jobIdAt(3), 0, 5],
    ])
    expect(await network.ledger()).toMatchObject({ held: 40n })
    expect(await network.jobState(jobIdAt(3))).toMatchObject({ stage: "submitted", submitted: { promptTokens: 10, maxOutputTokens: 5 } })
  })

  it("keeps the prompts of a few at a time, however many there are", async () => {
    const under = { now: 0, most: 0 }
    const counting = <A, E, R>(put: Effect.Effect<A, E, R>) =>
      Effect.sync(() => void (under.most = Math.max(under.most, (under.now += 1)))).pipe(
        Effect.andThen(Effect.yieldNow), Effect.andThen(put), Effect.ensuring(Effect.sync(() => void (under.now -= 1))),
      )
    const network = await memoryNetwork({ content: (store) => ({ ...store, put: (...put) => counting(store.put(...put)) }) })
    await network.grant(10_000n)
    expect(await network.run(submitTogether(choices(128)))).toHaveLength(128)
    expect(under.most).toBeGreaterThan(1)
    expect(under.most).toBeLessThanOrEqual(16)
  })

  it("refuses all when the balance pays only some, with the numbers of all, and leaves nothing behind", async () => {
    const network = await memoryNetwork()
    await network.grant(39n)
    const refused = await network.run(Effect.result(submitTogether(choices(3))))
    expect(refused).toMatchObject({ failure: { _tag: "InsufficientCredits", available: 39n, held: 0n, required: 40n } })
    expect(await network.ledger()).toMatchObject({ available: 39n, held: 0n })
    expect(await network.jobState(jobIdAt(1))).toEqual({ stage: "absent" })
  })

  it("admits exactly K of 40 requests of three jobs at once on a balance for K: none holds a part and waits for the rest", async () => {
    const network = await memoryNetwork()
    await network.grant(40n * 7n + 39n)
    const all = Array.from({ length: 40 }, (_, n) => Effect.timeoutOption(Effect.result(submitTogether(choices(3, 1 + n * 3))), "300 millis"))
    const results = await network.run(Effect.all(all, { concurrency: "unbounded" }))
    expect(results.filter((result) => result._tag === "Some" && Result.isSuccess(result.value))).toHaveLength(7)
    expect(await network.ledger()).toMatchObject({ available: 39n, held: 280n })
  })

  it("shortens all answers alike at the end of a balance when the client named no limit", async () => {
    const network = await memoryNetwork()
    await network.grant(31n)
    const submitted = await network.run(submitTogether(choices(3, 1, null)))
    expect(submitted.map(({ quote }) => quote.maxOutputTokens)).toEqual([3, 3, 3])
    expect(await network.ledger()).toMatchObject({ available: 3n, held: 28n })
  })
})
