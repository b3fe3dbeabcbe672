import { afterEach, describe, expect, it, vi } from "vitest"
import { makeLogger } from "#infra/main/logging.ts"

const lines = (isTTY: boolean) => {
  const written: string[] = []
  return { written, target: { isTTY, write: (line: string) => written.push(line) } }
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe("logs", () => {
  it("are JSON where nobody looks", () => {
    const { written, target } = lines(false)
    makeLogger("info", target).info({ port: 1 }, "ready")
    expect(JSON.parse(written.join(""))).toMatchObject({ level: 30, port: 1, msg: "ready" })
  })

  it("are one readable line on a terminal", () => {
    const { written, target } = lines(true)
    makeLogger("info", target).info({ port: 1 }, "ready")
    expect(written.join("")).toMatch(/^\d\d:\d\d:\d\d .*info.* ready {2}port=1\n$/)
  })

  it("LOG_FORMAT=json gives JSON on a terminal too", () => {
    vi.stubEnv("LOG_FORMAT", "json")
    const { written, target } = lines(true)
    makeLogger("info", target).info("ready")
    expect(JSON.parse(written.join(""))).toMatchObject({ msg: "ready" })
  })

  it("never show an API key or a password, in whatever field or text", () => {
    const { written, target } = lines(false)
    const key = `rk_test_abcdefghijkl_${"x".repeat(32)}_0123abcd`
    const logger = makeLogger("info", target)
    logger.info({ password: "hunter2", request: { authorization: "Bearer hunter2" } }, `made ${key}`)
    logger.warn({ at: `postgres://resultity:hunter2@127.0.0.1:5432/postgres` }, "lost")
    expect(written.join("")).not.toMatch(/hunter2|x{32}/)
    expect(written.join("")).toContain("rk_test_abcdefghijkl_[secret]")
  })

  it("show of an error its message and code, not what a driver hung on it", () => {
    const { written, target } = lines(false)
    const error = Object.assign(new Error("it broke"), { code: "57P01", client: { settings: "everything" } })
    makeLogger("info", target).warn({ err: error }, "lost")
    expect(JSON.parse(written.join(""))).toMatchObject({ err: { message: "it broke", code: "57P01" } })
    expect(written.join("")).not.toContain("everything")
  })

  it("below the level stay silent", () => {
    const { written, target } = lines(false)
    makeLogger("warn", target).info("chatter")
    expect(written).toEqual([])
  })
})
