import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { streamName } from "#domain/kernel/decider.ts"
import { node } from "#domain/node/index.ts"
import { jobIdAt } from "#test/support/memory-network.ts"
import { eventually } from "#test/support/node-live-network.ts"
import { freshIdentity } from "#test/support/node-test-keys.ts"
import { useWire } from "#test/support/node-wire.ts"
import { away, troubled } from "#test/support/troubled-log.ts"

describe("the failure of an attempt", () => {
  const wire = useWire({ store: troubled("AttemptFailed", (append, n) => (n === 1 ? () => away : append)) })

  it("is recorded though the log was away for a moment, and another node goes on", async () => {
    const failing = await wire.joinRaw()
    await failing.join()
    const answer = await wire.network().ask(1, "one two")
    const { attempt_id } = await failing.frame("assign")
    await (await wire.joinHonestly()).ready
    failing.send({ type: "failed", attempt_id, message: "out of memory" })
    expect(await answer.ending()).toMatchObject({ type: "finished" })
    expect(answer.text()).toBe("one two")
    await wire.expectCharged(2)
  })
})

describe("an attempt that was stopped for want of its record", () => {
  const lost = Effect.die(new Error("a defect after the write"))
  const wire = useWire({ store: troubled("JobAssigned", (append, n) => (n === 1 ? (commit) => Effect.andThen(append(commit), lost) : append)) })

  it("is ended when the record turns out to be there, and the answer goes on", async () => {
    await (await wire.joinHonestly(freshIdentity(), 100)).ready
    const question = Array.from({ length: 30 }, (_, n) => `word${n}`).join(" ")
    const answer = await wire.network().ask(1, question)
    expect(await answer.ending()).toMatchObject({ type: "finished" })
    expect(answer.text()).toBe(question)
    await wire.expectCharged(30)
    await eventually(async () =>
      expect(await wire.network().jobState(jobIdAt(1))).toMatchObject({ attempts: [{ failed: true }, { failed: false }] }),
    )
  })
})

describe("a session whose connection is lost while it is being recorded", () => {
  const recording = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const slowly = Effect.andThen(Effect.sync(recording.resolve), Effect.promise(() => goOn.promise))
  const wire = useWire({ store: troubled("NodeSessionOpened", (append) => (commit) => Effect.andThen(slowly, append(commit))) })

  it("is closed once it is on record", async () => {
    const client = await wire.joinRaw()
    await client.hello()
    await recording.promise
    client.close()
    await client.closed
    await eventually(() => expect(wire.network().connections()).toBe(0))
    goOn.resolve()
    const { run, log } = wire.network()
    await eventually(async () => {
      const events = await run(log.store.readStream(streamName(node, client.identity.nodeId), 0))
      expect(events.map(({ type }) => type)).toEqual(["NodeRegistered", "NodeSessionOpened", "NodeSessionClosed"])
    })
  })
})

describe("a session whose record has an unknown outcome", () => {
  const wire = useWire({
    store: troubled("NodeSessionOpened", (append, n) => (n === 1 ? (commit) => Effect.andThen(append(commit), away) : append)),
  })

  it("is closed too, and the node is told to come again", async () => {
    const client = await wire.joinRaw()
    await client.hello()
    expect(await client.frame("refused")).toMatchObject({ code: "unavailable", fatal: true })
    const { run, log } = wire.network()
    await eventually(async () => {
      const events = await run(log.store.readStream(streamName(node, client.identity.nodeId), 0))
      expect(events.at(-1)?.type).toBe("NodeSessionClosed")
    })
  })
})
