import { Effect } from "effect"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { sayEach, type SayPaced, sayPaced } from "#infra/echo-engine/say-paced.ts"

const PER_SECOND = 10
const CALLERS = 4
const pieces = Array.from({ length: 20 }, (_, index) => ({ text: `word${index}`, tokens: 1 }))

describe("a pace of 10 tokens a second", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }))
  afterEach(() => void vi.useRealTimers())

  const saidAfterOneSecond = async (say: SayPaced): Promise<readonly number[]> => {
    const said = Array.from({ length: CALLERS }, () => 0)
    for (let caller = 0; caller < CALLERS; caller += 1) Effect.runFork(say(pieces, () => void (said[caller] = (said[caller] ?? 0) + 1)))
    await vi.advanceTimersByTimeAsync(1_000)
    return said
  }

  test("for each caller is that many from every one of them", async () => {
    for (const said of await saidAfterOneSecond(sayEach(PER_SECOND))) expect(Math.abs(said - PER_SECOND)).toBeLessThanOrEqual(1)
  })

  test("for all callers is that many from all of them", async () => {
    const all = (await saidAfterOneSecond(sayPaced(PER_SECOND))).reduce((sum, said) => sum + said, 0)
    expect(Math.abs(all - PER_SECOND)).toBeLessThanOrEqual(1)
  })
})
