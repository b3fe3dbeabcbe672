import { onTestFinished, vi } from "vitest"

/** From now on, until the test is over, it is so much later. What waits for a timer goes on waiting. */
export const later = (ms: number): void => {
  const now = Date.now
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + ms)
  onTestFinished(() => clock.mockRestore())
}

/** From now on, until the test is over, timers run out so many times as fast. */
export const hurry = (times: number): void => {
  const start = globalThis.setTimeout
  const timers = vi.spyOn(globalThis, "setTimeout")
  timers.mockImplementation(((callback: () => void, ms = 0) => start(callback, ms / times)) as typeof setTimeout)
  onTestFinished(() => timers.mockRestore())
}
