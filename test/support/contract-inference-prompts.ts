import { Effect } from "effect"
import { expect, it } from "vitest"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import { ContextExceeded } from "#node/ports/inference-engine.ts"
import { answerTo, chat, type Engine, expectRefused, failureOf, records } from "#test/support/asking-engines.ts"

export const completionRules = (engine: Engine): void => {
  const prompt = "The quick brown fox jumps over the lazy dog and runs"
  const completion = (rest: object = {}): InferenceRequest => ({ task: "completion", prompt, sampling: { temperature: 0 }, ...rest })

  it("goes on after a text without a template, and after the part that was delivered", async () => {
    const { said: whole, generated } = await answerTo(engine(), completion(), "", 8)
    expect(generated.completionTokens).toBeLessThanOrEqual(8)
    expect(generated.promptTokens).toBeLessThan((await Effect.runPromise(engine().count(chat(prompt)))).tokens + 1)
    const { said: begun } = await answerTo(engine(), completion(), "", 3)
    const rest = await answerTo(engine(), completion(), begun, 5)
    expect(begun + rest.said).toBe(whole)
  })

  it("ends before a stop string, and gives log probabilities", async () => {
    const { said: whole } = await answerTo(engine(), completion(), "", 12)
    const stop = whole.slice(5, 8)
    const { text, said } = await answerTo(engine(), completion({ sampling: { temperature: 0, stop: [stop], top_logprobs: 1 } }), "", 12)
    expect(said).toBe(whole.slice(0, whole.indexOf(stop)))
    expect(Buffer.from(records(text, "logprobs").flatMap(({ tokens }) => tokens).flatMap(({ bytes }) => bytes)).toString()).toBe(said)
  })

  it("takes token ids of the model and refuses others", async () => {
    const { generated } = await answerTo(engine(), completion({ prompt: [5, 6, 7] }), "", 4)
    expect(generated.promptTokens).toBeGreaterThanOrEqual(3)
    await expectRefused(engine(), completion({ prompt: [5, 999_999_999] }), "999999999")
  })

  it("refuses a prompt that does not fit", async () => {
    const failure = await failureOf(engine(), completion({ prompt: "word ".repeat(engine().model.contextLength * 2) }))
    expect(failure).toBeInstanceOf(ContextExceeded)
  })
}

export const embeddingRules = (engine: Engine): void => {
  const vectors = (text: string) =>
    records(text, "embedding").map(({ vector }) => {
      const bytes = Buffer.from(vector, "base64")
      return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
    })
  const cosine = (one: readonly number[] = [], other: readonly number[] = []) => one.reduce((sum, number, index) => sum + number * (other[index] ?? 0), 0)

  it("makes a vector of unit length of each input, in their order, and no tokens", async () => {
    const inputs = ["What is a node?", "Tell me about a fox. 🙂", [1, 2, 3], "What is a node?"]
    const { text, generated, pieces } = await answerTo(engine(), { task: "embedding", inputs })
    expect(generated).toMatchObject({ finishReason: "stop", completionTokens: 0 })
    expect(pieces).toHaveLength(inputs.length)
    const [one, other, third, again] = vectors(text)
    for (const vector of vectors(text)) expect(cosine(vector, vector)).toBeCloseTo(1, 5)
    expect(cosine(one, again)).toBeCloseTo(1, 5)
    expect(cosine(one, other)).toBeLessThan(0.99)
    expect(third).not.toEqual(one)
  })

  it("sums the tokens of the inputs, and names the longest", async () => {
    const sizes = await Promise.all(["a b c d e f", "a b"].map((input) => Effect.runPromise(engine().count({ task: "embedding", inputs: [input] }))))
    const both = await Effect.runPromise(engine().count({ task: "embedding", inputs: ["a b c d e f", "a b"] }))
    expect(both).toEqual({ tokens: sizes.reduce((sum, { tokens }) => sum + tokens, 0), longest: sizes[0]?.tokens })
  })

  it("goes on after the vectors that were delivered", async () => {
    const request: InferenceRequest = { task: "embedding", inputs: ["one", "two", "three"] }
    const { text } = await answerTo(engine(), request)
    const first = text.slice(0, text.indexOf("\n") + 1)
    expect(first + (await answerTo(engine(), request, first)).text).toBe(text)
  })

  it("refuses an input that is longer than the context, and more dimensions than there are", async () => {
    const long = "word ".repeat(engine().model.contextLength * 2)
    expect(await failureOf(engine(), { task: "embedding", inputs: ["short", long] })).toBeInstanceOf(ContextExceeded)
    await expectRefused(engine(), { task: "embedding", inputs: ["a"], dimensions: 1_000_000 }, "dimensions")
    await expectRefused(engine(), { task: "embedding", inputs: [[999_999_999]] }, "999999999")
  })
}
