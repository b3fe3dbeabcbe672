import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { submitChat } from "#commands/job/submit-chat.ts"
import { JOB_TAP, nodeSubject } from "#domain/protocol/bus-messages.ts"
import { chat, jobIdAt } from "#test/support/memory-network.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"
import { type Append, away, troubled } from "#test/support/troubled-log.ts"

const JOB = jobIdAt(1)

describe("before a job is given to a node", () => {
  it("its gateway is asked, the first time too: a job that nobody listens to is not run, and costs nothing", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    await network.run(submitChat(chat(1, { maxOutputTokens: 8 })))
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 0n, available: 1_000n }))
    expect(await network.jobState(JOB)).toMatchObject({ ended: { reason: "failed" }, attempts: [] })
    expect(node.assignments).toEqual([])
  })
})

describe("the record of an assignment", () => {
  it.each([
    ["was not written", (): Append => () => away],
    ["was written, and the answer lost", (append: Append): Append => (commit) => Effect.andThen(append(commit), away)],
  ])("is tried again for the same attempt when the log went away and it %s", async (_, first) => {
    const network = await runningNetwork({ store: troubled("JobAssigned", (append, n) => (n === 1 ? first(append) : append)) })
    const node = network.connectNode(1)
    const instructions: unknown[] = []
    network.bus.subscribe(nodeSubject(node.nodeId), (message) => instructions.push(message))
    await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    await eventually(async () => expect(await network.jobState(JOB)).toMatchObject({ attempts: [{ attemptId: assignment.attemptId }] }))
    await network.complete(assignment, 5)
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 20n }))
    expect(instructions).toEqual([])
    expect(node.assignments).toHaveLength(1)
  })

  it("that fails after text has flowed costs nobody anything: the next attempt goes on after that text, and only it is heard", async () => {
    const flowed = Promise.withResolvers<void>()
    const refused = Effect.andThen(Effect.promise(() => flowed.promise), Effect.die(new Error("a defect of the log")))
    const network = await runningNetwork({
      store: troubled("JobAssigned", (append, n) => (n === 1 ? () => refused : append)),
    })
    const node = network.connectNode(1)
    const client = await network.ask(1, { maxOutputTokens: 8 })
    const unrecorded = await assigned(node.assignments)
    network.say(unrecorded, "once upon a", 3)
    flowed.resolve()
    await eventually(() => {
      network.bus.publish(JOB_TAP, { jobId: JOB })
      expect(node.assignments).toHaveLength(2)
    })
    const next = await assigned(node.assignments, 1)
    expect(next).toMatchObject({ deliveredCharacters: 11, maxOutputTokens: 5 })
    network.say(unrecorded, " hidden", 1)
    network.say(next, " time", 1)
    network.say(unrecorded, " hidden", 1)
    expect(client.text()).toBe("once upon a time")
    await network.complete(next, 1)
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 12n }))
  })

  it("that is missing while its attempt is silent: the attempt is not heard when it speaks after the next one", async () => {
    const network = await runningNetwork({
      store: troubled("JobAssigned", (append, n) => (n === 1 ? () => Effect.die(new Error("a defect of the log")) : append)),
    })
    const node = network.connectNode(1)
    const client = await network.ask(1, { maxOutputTokens: 8 })
    const silent = await assigned(node.assignments)
    await eventually(() => {
      network.bus.publish(JOB_TAP, { jobId: JOB })
      expect(node.assignments).toHaveLength(2)
    })
    const next = await assigned(node.assignments, 1)
    network.say(silent, "I am late", 3)
    network.say(next, "I am here", 3)
    expect(client.text()).toBe("I am here")
  })
})

describe("the hold of a job that could not be submitted", () => {
  it("is released though the log was away for a while, without the watchdog", async () => {
    const submit = troubled("JobSubmitted", () => () => away)
    const voided = troubled("JobVoided", (append, n) => (n === 1 ? () => away : append))
    const network = await runningNetwork({ store: (store) => submit(voided(store)) })
    const refused = await network.run(Effect.result(submitChat(chat(1, { maxOutputTokens: 8 }))))
    expect(refused).toMatchObject({ failure: { _tag: "NetworkUnavailable" } })
    expect(await network.ledger()).toMatchObject({ held: 26n })
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, available: 1_000n }))
    expect(await network.jobState(JOB)).toMatchObject({ stage: "voided" })
  })
})
