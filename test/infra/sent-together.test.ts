import { Duplex } from "node:stream"
import { describe, expect, test } from "vitest"
import { sentTogether } from "#infra/ws/sent-together.ts"

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

const counted = () => {
  const calls: string[][] = []
  const stream = new Duplex({
    read: () => {},
    write: (chunk, _encoding, done) => (calls.push([String(chunk)]), done()),
    writev: (chunks, done) => (calls.push(chunks.map(({ chunk }) => String(chunk))), done()),
  })
  return { stream, calls }
}

describe("frames", () => {
  test("of one turn of the event loop are one write, those of the next another", async () => {
    const { stream, calls } = counted()
    const together = sentTogether(stream)
    const send = (text: string): void => {
      together()
      stream.write(text)
    }
    send("a")
    await Promise.resolve()
    send("b")
    expect(calls).toEqual([])
    await nextTurn()
    send("c")
    await nextTurn()
    expect(calls).toEqual([["a", "b"], ["c"]])
  })

  test("that wait are written when the stream ends before the turn does", async () => {
    const { stream, calls } = counted()
    sentTogether(stream)()
    stream.write("a")
    stream.end()
    await nextTurn()
    expect(calls).toEqual([["a"]])
  })
})
