import * as fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import { newAttemptId } from "#commands/ids.ts"
import type { AttemptId } from "#domain/kernel/ids.ts"
import type { StreamMessage } from "#domain/protocol/bus-messages.ts"
import { JobStreamReader, TOKENS_AFTER_LEAVING } from "#gateways/cloud/session/job-stream-reader.ts"
import { numberedMessages } from "#test/support/numbered-messages.ts"

const [a, b] = [newAttemptId(), newAttemptId()]
let said = numberedMessages()
beforeEach(() => void (said = numberedMessages()))
const tokens = (attemptId: AttemptId, text: string, count = 1): StreamMessage => said.tokens(attemptId, text, count)
const finished = (attemptId: AttemptId, completionTokens: number): StreamMessage => said.finished(attemptId, completionTokens)

const textOf = (reader: JobStreamReader, messages: readonly StreamMessage[]): string =>
  messages
    .map((message) => reader.receive(message))
    .map((step) => (step.type === "text" ? step.text : ""))
    .join("")

describe("the reader of a job's stream", () => {
  it("passes on the text and counts the tokens", () => {
    const reader = new JobStreamReader()
    expect(textOf(reader, [tokens(a, "Hel"), tokens(a, "", 1), tokens(a, "lo", 2)])).toBe("Hello")
    expect(reader.delivered).toBe(4)
    expect(reader.progress).toEqual({ attemptId: a, deliveredTokens: 4 })
  })

  it("answers a fence with what the client has, and drops what the fenced attempt says later", () => {
    const reader = new JobStreamReader()
    reader.receive(tokens(a, "Hel"))
    expect(reader.fence(a)).toEqual({ attempts: [{ attemptId: a, tokens: 1 }], text: "Hel" })
    expect(textOf(reader, [tokens(a, "lo"), tokens(b, "p"), tokens(a, "!")])).toBe("p")
    expect(reader.text).toBe("Help")
    expect(reader.fence(b).attempts).toEqual([{ attemptId: a, tokens: 1 }, { attemptId: b, tokens: 1 }])
  })

  it("fences an attempt that has not said anything yet", () => {
    const reader = new JobStreamReader()
    expect(reader.fence(a)).toEqual({ attempts: [], text: "" })
    expect(reader.receive(tokens(a, "late"))).toEqual({ type: "nothing" })
  })

  it("hears only the admitted attempt, whoever spoke before or speaks up later", () => {
    const reader = new JobStreamReader()
    reader.receive(tokens(a, "Hel"))
    expect(reader.admit(b)).toEqual({ attempts: [{ attemptId: a, tokens: 1 }], text: "Hel" })
    expect(reader.progress).toBe(null)
    expect(textOf(reader, [tokens(a, "lo"), tokens(newAttemptId(), "?"), tokens(b, "p"), tokens(a, "!")])).toBe("p")
    expect(reader.receive(finished(a, 2))).toEqual({ type: "nothing" })
    expect(reader.receive(finished(b, 1))).toMatchObject({ type: "finished" })
    expect(reader.text).toBe("Help")
  })

  it("does not let a fenced attempt finish the answer", () => {
    const reader = new JobStreamReader()
    reader.receive(tokens(a, "x"))
    reader.fence(a)
    expect(reader.receive(finished(a, 1))).toEqual({ type: "nothing" })
    expect(reader.receive(finished(b, 0))).toMatchObject({ type: "finished" })
  })

  it("hears nothing from an older attempt once a newer one speaks", () => {
    const reader = new JobStreamReader()
    expect(textOf(reader, [tokens(a, "1"), tokens(b, "2"), tokens(a, "3"), tokens(b, "4")])).toBe("124")
  })

  it("finishes once", () => {
    const reader = new JobStreamReader()
    reader.receive(tokens(a, "x"))
    expect(reader.receive(finished(a, 1))).toMatchObject({ type: "finished", end: { finishReason: "stop" }, countsDiffer: false })
    expect(reader.receive(finished(a, 1))).toEqual({ type: "nothing" })
    expect(reader.receive(tokens(a, "y"))).toEqual({ type: "nothing" })
    expect(reader.receive({ type: "ended", reason: "failed", message: "" })).toEqual({ type: "nothing" })
    expect(reader.text).toBe("x")
  })

  it.each([[100, 102, false], [100, 103, true], [1000, 1020, false], [1000, 1021, true]])(
    "of %i tokens delivered and %i reported says that they differ: %s",
    (ours, theirs, differ) => {
      const reader = new JobStreamReader()
      reader.receive(tokens(a, "x", ours))
      expect(reader.receive(finished(a, theirs))).toMatchObject({ countsDiffer: differ })
    },
  )

  it("counts at most so many tokens after the client left", () => {
    const reader = new JobStreamReader()
    reader.receive(tokens(a, "x", 10))
    reader.clientLeft()
    for (let index = 0; index < 200; index += 1) reader.receive(tokens(a, "y"))
    expect(reader.delivered).toBe(10 + TOKENS_AFTER_LEAVING)
  })

  it("counts a fenced attempt again when its node has done its part, and takes what was dropped meanwhile", () => {
    const reader = new JobStreamReader()
    const [one, two, end] = [tokens(a, "1"), tokens(a, "2"), finished(a, 2)]
    reader.receive(one)
    reader.fence(a)
    expect([reader.receive(two), reader.receive(end)].map(({ type }) => type)).toEqual(["nothing", "nothing"])
    expect(reader.finishing(a)).toEqual({ attempts: [{ attemptId: a, tokens: 1 }], text: "1" })
    expect(reader.place).toEqual({ attemptId: a, after: 1 })
    expect(textOf(reader, [two])).toBe("2")
    expect(reader.receive(end)).toMatchObject({ type: "finished" })
  })

  it("does not, once another attempt has taken over", () => {
    for (const overtake of [(reader: JobStreamReader) => reader.admit(b), (reader: JobStreamReader) => reader.receive(tokens(b, "2"))]) {
      const reader = new JobStreamReader()
      reader.receive(tokens(a, "1"))
      reader.fence(a)
      overtake(reader)
      reader.finishing(a)
      expect(reader.receive(tokens(a, "late"))).toEqual({ type: "nothing" })
    }
  })

  it("finds what is missing, takes it late, and takes nothing twice", () => {
    const reader = new JobStreamReader()
    const [one, two, three, end] = [tokens(a, "1"), tokens(a, "2"), tokens(a, "3"), finished(a, 3)]
    expect(textOf(reader, [one])).toBe("1")
    expect(reader.receive(three)).toEqual({ type: "gap" })
    expect(reader.place).toEqual({ attemptId: a, after: 1 })
    expect(reader.receive(end)).toEqual({ type: "gap" })
    expect(textOf(reader, [two, three, two, three])).toBe("23")
    expect(reader.receive(end)).toMatchObject({ type: "finished", countsDiffer: false })
    expect(reader.text).toBe("123")
  })

  it("asks for everything when the beginning is missing", () => {
    const reader = new JobStreamReader()
    tokens(a, "lost")
    expect(reader.receive(tokens(a, "late"))).toEqual({ type: "gap" })
    expect(reader.place).toEqual({ attemptId: a, after: 0 })
    expect(new JobStreamReader().place).toEqual({ attemptId: null, after: 0 })
  })

  it("makes one text without gap or repetition, wherever attempts fail and whatever comes late", () => {
    const answer = "abcdefghijklmnop"
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 5 }), (failures) => {
        const reader = new JobStreamReader()
        let seen = ""
        const say = (attempt: AttemptId, from: number, to: number) => {
          for (const letter of answer.slice(from, to)) seen += textOf(reader, [tokens(attempt, letter)])
        }
        const late: (() => void)[] = []
        for (const [said, more] of failures) {
          const attempt = newAttemptId()
          const from = seen.length
          say(attempt, from, from + said)
          expect(reader.fence(attempt).text).toBe(seen)
          late.push(() => say(attempt, from + said, from + said + more))
          for (const again of late) again()
        }
        const last = newAttemptId()
        for (const letter of answer.slice(seen.length)) {
          seen += textOf(reader, [tokens(last, letter)])
          for (const again of late) again()
        }
        expect(reader.receive(finished(last, 0)).type).toBe("finished")
        expect(seen).toBe(answer)
        expect(reader.delivered).toBe(answer.length)
      }),
    )
  })
})
