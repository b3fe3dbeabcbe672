import { describe, expect, it } from "vitest"
import { countSubject } from "#domain/protocol/bus-messages.ts"
import { useWire } from "#test/support/node-wire.ts"

const wire = useWire()

const ask = () => {
  const { bus, run } = wire.network()
  return run(bus.request(countSubject("m"), { model: "m", request: { task: "chat", messages: [{ role: "user", content: "one two three" }], sampling: {} } }, 10_000))
}

describe("a node that does not count prompts", () => {
  it("does not hold up its model while another node counts, whoever came last", async () => {
    await (await wire.joinHonestly()).ready
    const silent = await wire.joinRaw()
    await silent.join()
    let asked = 0
    silent.onFrame(({ type }) => (asked += type === "count" ? 1 : 0))
    for (let n = 0; n < 6; n += 1) expect(await ask()).toMatchObject({ ok: true })
    // In turn at first, and last since it failed.
    expect(asked).toBe(1)
  })

  it("is replaced at once when it leaves in the middle of a question", async () => {
    const silent = await wire.joinRaw()
    await silent.join()
    await (await wire.joinHonestly()).ready
    const answer = ask()
    await silent.frame("count")
    silent.close()
    expect(await answer).toMatchObject({ ok: true })
  })
})
