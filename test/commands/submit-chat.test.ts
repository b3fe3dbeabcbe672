import { Effect, Fiber, Result } from "effect"
import { describe, expect, it } from "vitest"
import { submitChat } from "#commands/job/submit-chat.ts"
import { Commands } from "#commands/handle.ts"
import { holdIdOf } from "#commands/ids.ts"
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
