import { Data } from "effect"
import { describe, expect, it } from "vitest"
import { cannotStart, EXIT, usage } from "#infra/main/exit.ts"
import { startFailureFrom } from "#infra/postgres/start-failure.ts"
import { explainFailure } from "#infra/main/explain-failure.ts"

class LogUnavailable extends Data.TaggedError("LogUnavailable")<{ readonly reason: string; readonly cause?: unknown }> {}

const systemError = (code: string, fields: object = {}): Error => Object.assign(new Error(`${code}: it failed`), { code, ...fields })

describe("failures in one line", () => {
  it("what the command itself found out is said as it is, with its exit code", () => {
    expect(explainFailure(usage("say which"))).toEqual({ message: "say which", exitCode: EXIT.usage })
    expect(explainFailure(cannotStart("in use"))).toEqual({ message: "in use", exitCode: EXIT.cannotStart })
  })

  it("a taken port is named, wherever in the chain of causes it is", () => {
    const failure = new LogUnavailable({ reason: "x", cause: systemError("EADDRINUSE", { port: 8400 }) })
    expect(explainFailure(failure)).toEqual({
      message: "port 8400 is taken; choose another one (0 = any free one)",
      exitCode: EXIT.cannotStart,
    })
  })

  it("a full disk, a read-only one and a file in the way cannot be started on", () => {
    const codes = ["ENOSPC", "EROFS", "EACCES", "ENOTDIR", "EEXIST"].map((code) => explainFailure(systemError(code, { path: "/p" })))
    expect(codes.map(({ exitCode }) => exitCode)).toEqual(codes.map(() => EXIT.cannotStart))
    expect(codes.map(({ message }) => message).every((message) => message.includes("/p"))).toBe(true)
  })

  it("a disk that fills up while Postgres starts is said as Postgres found it", () => {
    const failure = startFailureFrom("Postgres does not start", "FATAL:  could not write to file: No space left on device")
    const { message, exitCode } = explainFailure(failure)
    expect(exitCode).toBe(EXIT.cannotStart)
    expect(message).toContain("there is no space left on the disk of the data folder")
  })

  it("a rejection is told in words, with its numbers", () => {
    const rejection = { _tag: "InsufficientCredits", available: 3n, held: 0n, required: 5n }
    expect(explainFailure(rejection).message).toBe("insufficient credits: available 3, held 0, required 5")
  })

  it("a tagged failure says its reason", () => {
    expect(explainFailure(new LogUnavailable({ reason: "gone" })).message).toBe("log unavailable: reason gone")
  })

  it("never more than one line", () => {
    expect(explainFailure(new Error("first\n    at second\n  third")).message).toBe("first at second third")
  })
})
