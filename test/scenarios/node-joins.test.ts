import { describe, expect, it } from "vitest"
import { cancelJob } from "#commands/job/cancel-job.ts"
import { jobIdAt } from "#test/support/memory-network.ts"
import { eventually } from "#test/support/node-live-network.ts"
import { freshIdentity } from "#test/support/node-test-keys.ts"
import { useWire } from "#test/support/node-wire.ts"

const wire = useWire()
const { joinHonestly, expectCharged } = wire

describe("a node over a real connection", () => {
  it("joins, is tested, gets a job, answers it, and its receipt settles the bill", async () => {
    const agent = await joinHonestly()
    await agent.ready
    await eventually(() => expect(wire.network().online()).toEqual([agent.identity.nodeId]))
    const answer = await wire.network().ask(1, "one two three four")
    expect(await answer.ending()).toMatchObject({ type: "finished", finishReason: "stop", completionTokens: 4 })
    expect(answer.text()).toBe("one two three four")
    await expectCharged(4)
    expect(await wire.network().jobState(jobIdAt(1))).toMatchObject({ stage: "ended", ended: { reason: "completed" } })
    expect(wire.network().count("io_token_count_differs_total")).toBe(0)
  })

  it("serves many jobs at once over one socket", async () => {
    const { ready } = await joinHonestly()
    await ready
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => wire.network().ask(n + 1, `question number ${n}`)))
    for (const [n, answer] of answers.entries()) {
      await answer.ending()
      expect(answer.text()).toBe(`question number ${n}`)
    }
  })

  it("comes back by itself when the network was restarted, and works on", async () => {
    const { ready } = await joinHonestly()
    await ready
    await wire.network().restart()
    const answer = await wire.network().ask(1, "still there?")
    expect(await answer.ending()).toMatchObject({ type: "finished" })
    await expectCharged(2)
  })

  it("that dies in the middle of an answer is followed by another: no word lost or repeated, one bill", async () => {
    const question = Array.from({ length: 20 }, (_, n) => `word${n}`).join(" ")
    const dying = await joinHonestly(freshIdentity(), 50)
    await dying.ready
    const answer = await wire.network().ask(1, question)
    await eventually(() => expect(answer.text()).toContain("word5"))
    await (await joinHonestly()).ready
    await dying.dispose()
    expect(await answer.ending()).toMatchObject({ type: "finished" })
    expect(answer.text()).toBe(question)
    await expectCharged(20)
  })

  it("stops when the client has gone, and is paid for what it sent", async () => {
    const { ready } = await joinHonestly(freshIdentity(), 50)
    await ready
    const answer = await wire.network().ask(1, Array.from({ length: 40 }, () => "word").join(" "))
    await eventually(() => expect(answer.text()).toContain("word word"))
    await wire.network().run(cancelJob({ jobId: jobIdAt(1), reason: "client_disconnected" }))
    expect(await answer.ending()).toMatchObject({ type: "ended", reason: "cancelled" })
    const delivered = answer.text().split("word").length - 1
    expect(delivered).toBeLessThan(40)
    await expectCharged(delivered)
  })

  it("says goodbye: it is given nothing more", async () => {
    const agent = await joinHonestly()
    await agent.ready
    await eventually(() => expect(wire.network().online()).toHaveLength(1))
    await agent.stop()
    expect(wire.network().online()).toEqual([])
  })

  it("stops for good when a second process runs with its identity; the second one serves", async () => {
    const identity = freshIdentity()
    const first = await joinHonestly(identity)
    await first.ready
    const second = await joinHonestly(identity)
    await expect(first.failed).rejects.toMatchObject({ code: "replaced", message: expect.stringMatching(/another process/) })
    await second.ready
    expect(await (await wire.network().ask(1, "hello")).ending()).toMatchObject({ type: "finished" })
  })
})
