import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { cancelJob } from "#commands/job/cancel-job.ts"
import { confirmCancel } from "#commands/job/complete-job.ts"
import { failAttempt } from "#commands/job/fail-attempt.ts"
import { placeHolds } from "#commands/job/place-hold.ts"
import { submitChat } from "#commands/job/submit-chat.ts"
import { watchRound } from "#commands/workflows/watchdog.ts"
import { job } from "#domain/job/index.ts"
import { rcpAccount } from "#domain/rcp/index.ts"
import { Commands } from "#commands/handle.ts"
import { holdIdOf } from "#commands/ids.ts"
import { CAPACITY_TAP, nodeSubject, tokensSubject } from "#domain/protocol/bus-messages.ts"
import {
  ContentStore, type ContentRef, type ContentStoreShape, ContentStoreUnavailable, deliveredField,
} from "#commands/ports/content-store.ts"
import type { OpenWorkShape } from "#commands/ports/open-work.ts"
import { chat, GATEWAY, jobIdAt, KEY, memoryNetwork, NAMESPACE, nodeIdAt, sessionIdAt } from "#test/support/memory-network.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"

/** Tokens per second of a node that takes longer than five seconds for the answers here. */
const SLOW = 1
const JOB = jobIdAt(1)

describe("dispatch and settlement", () => {
  it("gives a job to a node, and charges and pays for what was delivered", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    expect(assignment).toMatchObject({ maxOutputTokens: 8, deliveredCharacters: 0 })
    await network.complete(assignment, 5)
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 20n, available: 980n }))
    const points = await network.run(Effect.flatMap(Commands, ({ load }) => load(rcpAccount, node.nodeId)))
    expect(points.total).toBe(6n)
  })

  it("goes on with another node where the first one left off, under one hold and one charge", async () => {
    const network = await runningNetwork()
    const [one, two] = [network.connectNode(1), network.connectNode(2)]
    const client = await network.ask(1, { maxOutputTokens: 8 })
    const failed = await eventually(() => {
      const [assignment] = [...one.assignments, ...two.assignments]
      if (assignment === undefined) throw new Error("nothing assigned yet")
      return assignment
    })
    network.say(failed, "once upon a", 3)
    const other = failed.nodeId === one.nodeId ? two : one
    await network.run(failAttempt({ jobId: JOB, attemptId: failed.attemptId, reason: "node_gone" }))
    const next = await assigned(other.assignments)
    expect(next).toMatchObject({ deliveredCharacters: 11, maxOutputTokens: 5 })
    network.say(failed, " hidden", 1)
    network.say(next, " time there was", 4)
    expect(client.text()).toBe("once upon a time there was")
    await network.complete(next, 4)
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 24n }))
    expect(await network.jobState(JOB)).toMatchObject({
      stage: "ended", attempts: [{ deliveredTokens: 3, failed: true }, { deliveredTokens: 4, failed: false }],
    })
  })

  it("says in no assignment what the client has: the text is in the content store, only for an attempt that goes on from it", async () => {
    const puts: ContentRef[] = []
    const network = await runningNetwork({ content: (store) => ({ ...store, put: (ref, body) => (puts.push(ref), store.put(ref, body)) }) })
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    const first = await assigned(node.assignments)
    expect(puts.map(({ field }) => field)).toEqual(["request"])
    network.say(first, "once upon a", 3)
    await network.run(failAttempt({ jobId: JOB, attemptId: first.attemptId, reason: "node_error" }))
    const next = await assigned(node.assignments, 1)
    expect(next).toMatchObject({ deliveredCharacters: 11 })
    expect(JSON.stringify(node.assignments)).not.toContain("upon")
    const ref = { namespaceId: NAMESPACE, jobId: JOB, field: deliveredField(next.attemptId) }
    expect(await network.run(Effect.flatMap(ContentStore, ({ get }) => get(ref)))).toBe("once upon a")
  })

  it("does not go on with an answer while its text cannot be kept, and costs the job no attempt; it is tried again without the watchdog", async () => {
    let isAway = true
    let refused = 0
    const away = Effect.suspend(() => (refused++, Effect.fail(new ContentStoreUnavailable({ reason: "away" }))))
    const content = (store: ContentStoreShape): ContentStoreShape => ({
      ...store, put: (ref, body) => (isAway && ref.field !== "request" ? away : store.put(ref, body)),
    })
    const network = await runningNetwork({ content })
    const node = network.connectNode(1, 1)
    const client = await network.ask(1, { maxOutputTokens: 8 })
    const first = await assigned(node.assignments)
    network.say(first, "once upon a", 3)
    await network.run(failAttempt({ jobId: JOB, attemptId: first.attemptId, reason: "node_error" }))
    await eventually(() => expect(refused).toBeGreaterThan(0))
    isAway = false
    const next = await assigned(node.assignments, 1)
    network.say(next, " time", 1)
    expect(client.text()).toBe("once upon a time")
    const attempts = [{ attemptId: first.attemptId }, { attemptId: next.attemptId }]
    await eventually(async () => expect(await network.jobState(JOB)).toMatchObject({ attempts }))
  })

  it("keeps a job that no node can take, and gives it out when a node comes", async () => {
    const network = await runningNetwork()
    await network.ask(1, { maxOutputTokens: 8 })
    const node = network.connectNode(1)
    network.bus.publish(CAPACITY_TAP, {})
    expect((await assigned(node.assignments)).jobId).toBe(JOB)
  })

  it("gives a node no more jobs than it has slots, and the next one when a slot is free", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, SLOW)
    await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    await network.ask(2, { maxOutputTokens: 8 })
    expect(node.assignments).toHaveLength(1)
    await network.complete(assignment, 1)
    await eventually(() => expect(node.assignments.map(({ jobId }) => jobId)).toEqual([jobIdAt(1), jobIdAt(2)]))
  })

  it("lets a short answer wait at a busy node, but at an idle one if there is any", async () => {
    const network = await runningNetwork()
    const busy = network.connectNode(1, 1)
    await network.ask(1, { maxOutputTokens: 8 })
    await assigned(busy.assignments)
    const idle = network.connectNode(2, 1)
    await network.ask(2, { maxOutputTokens: 8 })
    expect((await assigned(idle.assignments)).jobId).toBe(jobIdAt(2))
    await network.ask(3, { maxOutputTokens: 8 })
    await eventually(() => expect([...busy.assignments, ...idle.assignments]).toHaveLength(3))
  })

  it("tells the client of an end without an answer, and releases the hold, when every attempt failed", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    const ends: unknown[] = []
    network.bus.subscribe(tokensSubject(JOB), (message) => ends.push(message))
    await network.ask(1, { maxOutputTokens: 8 })
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const { attemptId } = await assigned(node.assignments, attempt - 1)
      await network.run(failAttempt({ jobId: JOB, attemptId, reason: "node_error" }))
    }
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 0n, available: 1_000n }))
    expect(ends).toContainEqual({ type: "ended", reason: "dead_lettered", message: expect.any(String) })
    expect(node.assignments).toHaveLength(4)
  })

  it("stops the node when the client leaves, and charges what was generated until then", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    const instructions: unknown[] = []
    network.bus.subscribe(nodeSubject(node.nodeId), (message) => instructions.push(message))
    await network.ask(1, { maxOutputTokens: 8 })
    const { attemptId } = await assigned(node.assignments)
    await network.run(cancelJob({ jobId: JOB, reason: "client_disconnected" }))
    await eventually(() => expect(instructions).toContainEqual({ type: "cancel", attemptId, reason: "client_disconnected" }))
    await network.run(confirmCancel({ jobId: JOB, attemptId, deliveredTokens: 2 }))
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 14n }))
  })

  it("ends a job whose gateway is gone at its last mark, instead of giving it to a node that nobody listens to", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    const client = await network.ask(1, { maxOutputTokens: 8 })
    const { attemptId } = await assigned(node.assignments)
    await network.run(
      Effect.flatMap(Commands, ({ handle }) =>
        handle(job, JOB, { type: "MarkProgress", jobId: JOB, attemptId, deliveredTokens: 3, at: 1 }, { commandId: "m", correlationId: JOB }),
      ),
    )
    client.hangUp()
    await network.run(failAttempt({ jobId: JOB, attemptId, reason: "node_error" }))
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 16n }))
    expect(await network.jobState(JOB)).toMatchObject({ ended: { reason: "failed" } })
  })
})

describe("the watchdog", () => {
  const refs = { jobId: JOB, namespaceId: NAMESPACE, holdId: holdIdOf(JOB), placedAt: 1, expiresAt: 2 }

  it("closes the stream of a job that never came before it releases the hold", async () => {
    const fakeOpenWork: OpenWorkShape = { jobs: () => Effect.succeed([]), holds: () => Effect.succeed([refs]), sessions: () => Effect.succeed([]) }
    const network = await memoryNetwork({ fakeOpenWork })
    await network.grant(1_000n)
    const quote = {
      policyHash: "p", model: "m", promptTokens: 1, maxOutputTokens: 1, inputRate: 1_000_000n, outputRate: 1_000_000n, operatorSharePercent: 50,
    }
    const input = { jobId: JOB, namespaceId: NAMESPACE, keyId: KEY, maxOutputTokens: 1, spendLimits: null }
    await network.run(placeHolds([{ input, quote }], { at: 1, expiresAt: 2 }))
    await network.run(watchRound({ gatewayAlive: () => true, aloneSince: null }))
    expect(await network.ledger()).toMatchObject({ held: 0n, available: 1_000n })
    const late = await network.run(Effect.result(submitChat(chat(1, { maxOutputTokens: 1 }))))
    expect(late).toMatchObject({ _tag: "Failure" })
    expect(await network.jobState(JOB)).toMatchObject({ stage: "voided" })
  })

  it("ends the jobs of a gateway process that is gone", async () => {
    const fakeOpenWork: OpenWorkShape = {
      sessions: () => Effect.succeed([]),
      jobs: () => Effect.succeed([{ jobId: JOB, gatewayId: GATEWAY, deadlineAt: 1 }]),
      holds: () => Effect.succeed([]),
    }
    const network = await runningNetwork({ fakeOpenWork })
    network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    await network.run(watchRound({ gatewayAlive: () => false, aloneSince: null }))
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 0n }))
    expect(await network.jobState(JOB)).toMatchObject({ ended: { reason: "failed" } })
  })

  it("does not end the jobs of a gateway that is alive", async () => {
    const fakeOpenWork: OpenWorkShape = {
      sessions: () => Effect.succeed([]),
      jobs: () => Effect.succeed([{ jobId: JOB, gatewayId: GATEWAY, deadlineAt: 1 }]),
      holds: () => Effect.succeed([{ ...refs, placedAt: 1 }]),
    }
    const network = await runningNetwork({ fakeOpenWork })
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    await assigned(node.assignments)
    await network.run(watchRound({ gatewayAlive: () => true, aloneSince: null }))
    expect(await network.jobState(JOB)).toMatchObject({ stage: "assigned", attempts: [{ nodeId: nodeIdAt(1), sessionId: sessionIdAt(1) }] })
    expect(await network.ledger()).toMatchObject({ held: 26n })
  })
})
