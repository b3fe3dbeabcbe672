import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { MAX_PIECE_CHARACTERS, recordText } from "#domain/protocol/answer-text.ts"
import { MAX_FRAME_BYTES, type TokenChunk } from "#domain/protocol/frames.ts"
import { COALESCE_MS, TokenCoalescer } from "#node/jobs/token-coalescer.ts"
import { WholeCharacters } from "#node/jobs/whole-characters.ts"
import { attemptIdAt } from "#test/support/node-test-keys.ts"

const [ONE, TWO] = [attemptIdAt(1), attemptIdAt(2)]

describe("text on its way to the network", () => {
  let frames: (readonly TokenChunk[])[] = []
  let coalescer = new TokenCoalescer(() => {})
  beforeEach(() => {
    vi.useFakeTimers()
    frames = []
    coalescer = new TokenCoalescer((chunks) => void frames.push(chunks))
  })
  afterEach(() => void vi.useRealTimers())
  const chunk = (attempt_id: typeof ONE, index: number, text: string, tokens: number) => ({ attempt_id, index, text, tokens })

  it("goes at once after an idle moment, then at most once per interval for all streams together", () => {
    coalescer.push(ONE, "a", 1)
    expect(frames).toEqual([[chunk(ONE, 0, "a", 1)]])
    coalescer.push(ONE, "b", 1)
    coalescer.push(TWO, "x", 1)
    coalescer.push(ONE, "c", 2)
    expect(frames).toHaveLength(1)
    vi.advanceTimersByTime(COALESCE_MS)
    expect(frames[1]).toEqual([chunk(ONE, 1, "bc", 3), chunk(TWO, 0, "x", 1)])
    vi.advanceTimersByTime(COALESCE_MS)
    coalescer.push(TWO, "y", 1)
    expect(frames[2]).toEqual([chunk(TWO, 1, "y", 1)])
    expect(frames).toHaveLength(3)
  })

  it("of an attempt that ends goes before its ending", () => {
    coalescer.push(ONE, "a", 1)
    coalescer.push(ONE, "b", 1)
    coalescer.finish(ONE)
    expect(frames[1]).toEqual([chunk(ONE, 1, "b", 1)])
  })

  it("carries tokens that made no text yet, and nothing for nothing", () => {
    coalescer.push(ONE, "", 0)
    expect(frames).toEqual([])
    coalescer.push(ONE, "", 1)
    expect(frames).toEqual([[chunk(ONE, 0, "", 1)]])
  })

  it("does not pile up: much text goes early", () => {
    coalescer.push(ONE, "a", 1)
    for (let n = 0; n < 5; n += 1) coalescer.push(ONE, "x".repeat(100_000), 1)
    expect(frames.length).toBeGreaterThan(1)
  })

  it("stays together as it was pushed, in chunks that a broker takes", () => {
    coalescer.push(ONE, "a", 1)
    const record = recordText({ type: "embedding", vector: "x".repeat(50_000) })
    for (let n = 0; n < 40; n += 1) coalescer.push(n % 2 === 0 ? ONE : TWO, record, 0)
    coalescer.flush()
    const texts = frames.flat().map(({ text }) => text).filter((text) => text.length > 1)
    expect(texts.join("")).toBe(record.repeat(40))
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(MAX_PIECE_CHARACTERS)
      expect(text.length % record.length).toBe(0)
    }
    for (const chunks of frames) expect(JSON.stringify(chunks).length).toBeLessThan(MAX_FRAME_BYTES)
  })

  it("is never cut inside a character", () => {
    const characters = new WholeCharacters()
    expect(characters.take("a\ud83d")).toBe("a")
    expect(characters.take("\ude00b")).toBe("😀b")
    expect(characters.take("\ud83d")).toBe("")
    expect(characters.rest()).toBe("\ufffd")
    expect(characters.rest()).toBe("")
  })
})
