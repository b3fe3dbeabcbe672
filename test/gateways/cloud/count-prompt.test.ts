import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type CountReply, countSubject } from "#domain/protocol/bus-messages.ts"
import { ASK_AGAIN_MS, countPrompt, MAX_PROMPT_BYTES } from "#gateways/cloud/conversation/count-prompt.ts"
import { fakeBus } from "#test/support/fake-bus.ts"

const REQUEST = { model: "m", request: { task: "chat" as const, messages: [], sampling: {} } }
const never = () => new Promise<CountReply>(() => {})
const good: CountReply = { ok: true, tokens: 7, longest: 7, contextLength: 512 }
const noNode: CountReply = { ok: false, reason: "no_node", message: "no node answered in time" }

/** A bus whose nth question goes as the nth of these says. */
const busOf = (...replies: readonly (() => Promise<CountReply>)[]) => {
  const bus = fakeBus()
  let n = 0
  bus.serve(countSubject("m"), () => replies[n++]?.() ?? never())
  return { bus, asked: () => n }
}

describe("the count of a prompt", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("is asked once when the answer is there in time", async () => {
    const { bus, asked } = busOf(async () => good)
    await countPrompt(bus, REQUEST, { param: "messages", contextLength: 512 })
    await vi.advanceTimersByTimeAsync(ASK_AGAIN_MS)
    expect(asked()).toBe(1)
  })

  it("is asked of the bus again when the process that was asked is silent", async () => {
    const { bus } = busOf(never, async () => good)
    const counted = countPrompt(bus, REQUEST, { param: "messages", contextLength: 512 })
    await vi.advanceTimersByTimeAsync(ASK_AGAIN_MS)
    expect(await counted).toEqual({ promptTokens: 7, longest: 7, contextLength: 512 })
  })

  it("is the first answer's when the second one is no answer", async () => {
    const slow = Promise.withResolvers<CountReply>()
    const { bus, asked } = busOf(() => slow.promise, async () => noNode)
    const counted = countPrompt(bus, REQUEST, { param: "messages", contextLength: 512 })
    await vi.advanceTimersByTimeAsync(ASK_AGAIN_MS)
    expect(asked()).toBe(2)
    slow.resolve(good)
    expect(await counted).toEqual({ promptTokens: 7, longest: 7, contextLength: 512 })
  })

  it("is not asked for a prompt that no message carries", async () => {
    const { bus, asked } = busOf(async () => good)
    const content = "\u00e9".repeat(MAX_PROMPT_BYTES / 2)
    const large = { model: "m", request: { task: "chat" as const, messages: [{ role: "user" as const, content }], sampling: {} } }
    const refused = await countPrompt(bus, large, { param: "messages", contextLength: 512 }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 400, code: "context_length_exceeded", message: expect.stringContaining("maximum context length") as string })
    expect(asked()).toBe(0)
  })
})
