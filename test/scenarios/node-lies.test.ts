import { createHash } from "node:crypto"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { RETRY_LIMIT } from "#commands/job/limits.ts"
import type { Assign, ReceiptFrame } from "#domain/protocol/frames.ts"
import type { SessionKey } from "#node/ports/node-identity.ts"
import { jobIdAt } from "#test/support/memory-network.ts"
import { freshIdentity } from "#test/support/node-test-keys.ts"
import { useWire } from "#test/support/node-wire.ts"

const wire = useWire()
const { joinHonestly, joinRaw, expectCharged, expectNothingCharged } = wire


const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")
const receiptFor = ({ job_id, attempt_id }: Assign, changes: Partial<ReceiptFrame> = {}) => ({
  type: "receipt" as const, job_id, attempt_id,
  finish_reason: "stop" as const, prompt_tokens: 1, completion_tokens: 0, answer_hash: sha256(""), duration_ms: 1,
  ...changes,
})

describe("a liar at the door is refused by name, and counted:", () => {
  it.each([
    ["garbage", "hello?"],
    ["JSON that is no frame", `{"frame":null,"signature":7}`],
    ["an empty message", ""],
  ])("%s", async (_, text) => {
    const client = await joinRaw()
    client.sendRaw(text)
    expect(await client.frame("refused")).toMatchObject({ code: "malformed_frame", fatal: true })
    await client.closed
    expect(wire.network().refusals("malformed_frame")).toBe(1)
  })

  it("a hello under the certificate of somebody else", async () => {
    const client = await joinRaw()
    const victim = freshIdentity()
    await client.hello({ certificate: { ...client.key.certificate, nodeId: victim.nodeId } })
    expect(await client.frame("refused")).toMatchObject({ code: "bad_signature", fatal: true })
    expect(wire.network().refusals("bad_signature")).toBe(1)
  })

  it("a certificate for a name whose key it does not have", async () => {
    const { nodeId } = freshIdentity()
    const own = freshIdentity()
    const claimed = (key: SessionKey): SessionKey => ({ ...key, certificate: { ...key.certificate, nodeId } })
    const liar = await joinRaw({ nodeId, newSession: (environment) => Effect.map(own.newSession(environment), claimed) })
    await liar.hello()
    expect(await liar.frame("refused")).toMatchObject({ code: "bad_certificate", fatal: true })
    expect(wire.network().refusals("bad_certificate")).toBe(1)
    expect(wire.network().online()).toEqual([])
  })

  it("somebody else's hello, recorded and sent again", async () => {
    const honest = await joinRaw()
    await honest.join()
    const thief = await joinRaw()
    await thief.frame("challenge")
    thief.sendRaw(honest.sent[0] ?? "")
    expect(await thief.frame("refused")).toMatchObject({ code: "replayed_message", fatal: true })
    expect(wire.network().refusals("replayed_message")).toBe(1)
    expect(wire.network().online()).toEqual([honest.identity.nodeId])
  })

  it("anything but a hello first", async () => {
    const client = await joinRaw()
    client.send({ type: "heartbeat", busy: 0, memory_bytes: 0 })
    expect(await client.frame("refused")).toMatchObject({ code: "unexpected_frame", fatal: true })
  })

  it("a model that says nothing in its test", async () => {
    const client = await joinRaw()
    await client.hello()
    await client.frame("test")
    client.send({ type: "tested", model: "m", text: " ", tokens: 1, duration_ms: 1 })
    expect(await client.frame("refused")).toMatchObject({ code: "test_failed", fatal: true })
    expect(wire.network().online()).toEqual([])
  })
})

describe("a liar at work is refused by name, and nothing is charged for it:", () => {
  it.each<[string, Partial<ReceiptFrame>]>([
    ["of a text that was never sent", { answer_hash: sha256("a long answer") }],
    ["of tokens that were never sent", { completion_tokens: 40 }],
    ["for another job", { job_id: jobIdAt(99) }],
  ])("a receipt %s", async (_, lie) => {
    const client = await joinRaw()
    client.onFrame((frame) => {
      if (frame.type !== "assign") return
      client.send({ type: "accepted", attempt_id: frame.attempt_id })
      client.send(receiptFor(frame, lie))
    })
    await client.join()
    const answer = await wire.network().ask(1, "hello")
    expect(await client.frame("refused")).toMatchObject({ code: "receipt_mismatch", fatal: false })
    // The job goes round until its attempts are used up: every one of them ended in the same lie.
    expect(await answer.ending()).toMatchObject({ type: "ended", reason: "dead_lettered" })
    expect(wire.network().refusals("receipt_mismatch")).toBe(1 + RETRY_LIMIT)
    await expectNothingCharged()
  })

  it("a receipt that was tampered with after signing; an honest node does the job and is paid once", async () => {
    const client = await joinRaw()
    await client.join()
    const answer = await wire.network().ask(1, "hello")
    const assign = await client.frame("assign")
    client.send({ type: "accepted", attempt_id: assign.attempt_id })
    client.sendRaw(client.signed(receiptFor(assign)).replace(`"completion_tokens":0`, `"completion_tokens":2`))
    expect(await client.frame("refused")).toMatchObject({ code: "bad_signature", fatal: true })
    await client.closed
    expect(wire.network().refusals("bad_signature")).toBe(1)
    await joinHonestly()
    expect(await answer.ending()).toMatchObject({ type: "finished", completionTokens: 1 })
    await expectCharged(1)
  })

  it("the same receipt twice is taken once; another one for the same attempt is a conflict", async () => {
    const client = await joinRaw()
    await client.join()
    await wire.network().ask(1, "hello")
    const assign = await client.frame("assign")
    client.send({ type: "accepted", attempt_id: assign.attempt_id })
    client.send({ type: "tokens", chunks: [{ attempt_id: assign.attempt_id, index: 0, text: "hello", tokens: 1 }] })
    const honest = receiptFor(assign, { completion_tokens: 1, answer_hash: sha256("hello") })
    client.send(honest)
    client.sendRaw(client.sent.at(-1) ?? "")
    expect(await client.frame("refused")).toMatchObject({ code: "replayed_message", fatal: false })
    client.send(honest)
    client.send({ ...honest, completion_tokens: 2 })
    expect(await client.frame("refused", 1)).toMatchObject({ code: "receipt_conflict", fatal: false })
    expect(wire.network().count("io_receipts_after_end_total")).toBe(2)
    await expectCharged(1)
  })

  it("chunks out of order, or more tokens than are paid for, end the attempt", async () => {
    const client = await joinRaw()
    client.onFrame((frame) => {
      if (frame.type !== "assign") return
      client.send({ type: "accepted", attempt_id: frame.attempt_id })
      client.send({ type: "tokens", chunks: [{ attempt_id: frame.attempt_id, index: 7, text: "x", tokens: 1 }] })
    })
    await client.join()
    const answer = await wire.network().ask(1, "hello")
    expect(await client.frame("refused")).toMatchObject({ code: "unexpected_frame", fatal: false })
    expect(await answer.ending()).toMatchObject({ type: "ended" })
    await expectNothingCharged()
  })

  it("garbage in the middle of a session is refused, and the session's other work goes on", async () => {
    const client = await joinRaw()
    await client.join()
    client.sendRaw("garbage")
    expect(await client.frame("refused")).toMatchObject({ code: "malformed_frame", fatal: false })
    await wire.network().ask(1, "hello")
    const assign = await client.frame("assign")
    client.send({ type: "accepted", attempt_id: assign.attempt_id })
    client.send(receiptFor(assign))
    await expectCharged(0)
  })
})
