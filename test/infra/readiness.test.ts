import { afterEach, describe, expect, it, vi } from "vitest"
import { readinessOf } from "#infra/main/readiness.ts"

afterEach(() => vi.useRealTimers())
const never = new AbortController().signal

describe("readiness", () => {
  it("is there when everything answers", async () => {
    expect(await readinessOf({ a: async () => 1, b: async () => {} }, never)()).toEqual({ ready: true, checks: { a: "ok", b: "ok" } })
  })

  it("is not there when one thing does not, and says which and why", async () => {
    const broken = readinessOf({ a: async () => 1, b: () => Promise.reject(new Error("connection refused")) }, never)
    expect(await broken()).toEqual({ ready: false, checks: { a: "ok", b: "connection refused" } })
  })

  it("does not wait for ever for one that says nothing", async () => {
    vi.useFakeTimers()
    const asked = readinessOf({ silent: () => new Promise(() => {}) }, never)()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await asked).toEqual({ ready: false, checks: { silent: "no answer within 2 s" } })
  })

  it("ends when the process is told to stop", async () => {
    const stop = new AbortController()
    const readiness = readinessOf({ a: async () => 1 }, stop.signal)
    stop.abort()
    expect(await readiness()).toEqual({ ready: false, checks: { a: "ok", process: "stopping" } })
  })
})
