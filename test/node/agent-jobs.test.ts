import { createHash } from "node:crypto"
import { afterEach, describe, expect, it, vi } from "vitest"
import { MAX_PIECE_CHARACTERS } from "#domain/protocol/answer-text.ts"
import { ContextExceeded, EngineFailed } from "#node/ports/inference-engine.ts"
import { fakeEngine } from "#test/support/node-fake-engine.ts"
import { fakeNetwork } from "#test/support/node-fake-network.ts"
import { runAgent } from "#test/support/node-running-agent.ts"
import { attemptIdAt, jobIdAt } from "#test/support/node-test-keys.ts"

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A schedulable node with two slots. */
const working = async () => {
  const network = fakeNetwork()
  const { engine, generations } = fakeEngine()
  const agent = await runAgent({ link: network.link, engine })
  cleanups.push(agent.dispose)
  const node = await network.activated()
  await agent.ready
  const generation = (n = 0) =>
    vi.waitFor(() => {
      const found = generations[n]
      if (found === undefined) throw new Error("not started yet")
      return found
    }, { interval: 2 })
  return { network, agent, node, generations, generation }
}

const assignment = (n: number, changes: { readonly model?: string; readonly expires_at?: number } = {}) => ({
  type: "assign" as const,
  job_id: jobIdAt(n),
  attempt_id: attemptIdAt(n),
  model: "m",
  request: { task: "chat" as const, messages: [{ role: "user" as const, content: "hello" }], sampling: {} },
  delivered_text: "so far",
  max_output_tokens: 9,
  expires_at: Date.now() + 60_000,
  ...changes,
})
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

describe("a node at work", () => {
  it("runs an assignment, sends the text in order, and states at the end what is true of it", async () => {
    const { node, generation } = await working()
    node.send(assignment(1))
    const { generation: asked, say, end } = await generation()
    expect(asked).toMatchObject({ deliveredText: "so far", maxOutputTokens: 9 })
    for (const word of ["Hello ", "\ud83d", "\ude00 ", "there"]) say(word)
    end("stop")
    const receipt = await node.frame("receipt")
    expect(receipt).toMatchObject({
      job_id: jobIdAt(1), attempt_id: attemptIdAt(1), finish_reason: "stop",
      prompt_tokens: 10, completion_tokens: 4, answer_hash: sha256("Hello 😀 there"),
    })
    expect(node.textOf(attemptIdAt(1))).toBe("Hello 😀 there")
    expect(node.received.at(-1)).toBe(receipt)
    const chunks = node.all("tokens").flatMap((frame) => frame.chunks)
    expect(chunks.map(({ index }) => index)).toEqual(chunks.map((_, n) => n))
    expect(chunks.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(4)
  })

  it("stops when told to, and bills what it sent", async () => {
    const { node, generation } = await working()
    node.send(assignment(1))
    const running = await generation()
    running.say("half")
    node.send({ type: "cancel", attempt_id: attemptIdAt(1), reason: "client_disconnected" })
    expect(await node.frame("receipt")).toMatchObject({
      finish_reason: "cancelled", completion_tokens: 1, prompt_tokens: 10, answer_hash: sha256("half"),
    })
    expect(running.interrupted).toBe(true)
  })

  it("confirms an assignment by itself only while it has nothing to show for it", async () => {
    const { node, generation } = await working()
    for (const n of [1, 2]) node.send(assignment(n))
    ;(await generation()).say("at once")
    expect(await node.frame("accepted")).toMatchObject({ attempt_id: attemptIdAt(2) })
    expect(node.all("accepted")).toHaveLength(1)
  })

  it("accepts a repeated assignment again, running or finished, and runs it once", async () => {
    const { node, generation, generations } = await working()
    node.send(assignment(1))
    const running = await generation()
    node.send(assignment(1))
    running.end("length")
    await node.frame("receipt")
    node.send(assignment(1))
    await node.frame("accepted", 1)
    expect(generations).toHaveLength(1)
    expect(node.all("receipt")).toHaveLength(1)
  })

  it.each([
    ["unknown_model", { model: "other" }],
    ["expired", { expires_at: Date.now() - 1 }],
  ] as const)("declines with %s what it cannot do", async (reason, changes) => {
    const { node } = await working()
    node.send(assignment(1, changes))
    expect(await node.frame("declined")).toMatchObject({ attempt_id: attemptIdAt(1), reason })
  })

  it("declines more than one waiting job for each slot, until there is room", async () => {
    const { node, generation } = await working()
    for (const n of [1, 2, 3, 4, 5]) node.send(assignment(n))
    expect(await node.frame("declined")).toMatchObject({ attempt_id: attemptIdAt(5), reason: "no_slot" })
    ;(await generation()).end("stop")
    await node.frame("receipt")
    node.send(assignment(6))
    await generation(4)
    expect(node.all("declined")).toHaveLength(1)
  })

  it("declines a prompt that does not fit, and says in words when the engine fails", async () => {
    const { node, generation } = await working()
    node.send(assignment(1))
    ;(await generation()).fail(new ContextExceeded({ promptTokens: 600, contextLength: 512 }))
    expect(await node.frame("declined")).toMatchObject({ attempt_id: attemptIdAt(1), reason: "context_length" })
    node.send(assignment(2))
    ;(await generation(1)).fail(new EngineFailed({ message: "out of memory" }))
    expect(await node.frame("failed")).toMatchObject({ attempt_id: attemptIdAt(2), message: "out of memory" })
  })

  it("fails, and says why, at a piece that no message can hold", async () => {
    const { node, generation } = await working()
    node.send(assignment(1))
    const running = await generation()
    running.say("x".repeat(MAX_PIECE_CHARACTERS + 1))
    expect((await node.frame("failed")).message).toContain(`more than the ${MAX_PIECE_CHARACTERS}`)
    expect(running.interrupted).toBe(true)
    expect(node.textOf(attemptIdAt(1))).toBe("")
  })

  it("does not work past an attempt's deadline", async () => {
    const { node, generation } = await working()
    node.send(assignment(1, { expires_at: Date.now() + 40 }))
    const running = await generation()
    expect(await node.frame("failed")).toMatchObject({ attempt_id: attemptIdAt(1) })
    expect(running.interrupted).toBe(true)
  })

  it("counts prompts, and says which model it does not serve", async () => {
    const { node } = await working()
    const request = { task: "chat" as const, messages: [{ role: "user" as const, content: "hello" }], sampling: {} }
    node.send({ type: "count", request_id: "1", model: "m", request })
    expect(await node.frame("counted")).toMatchObject({ request_id: "1", result: { ok: true, tokens: 10, longest: 10 } })
    node.send({ type: "count", request_id: "2", model: "other", request })
    expect(await node.frame("counted", 1)).toMatchObject({ request_id: "2", result: { ok: false } })
  })

  it("stops what runs when the connection is lost, says nothing of it in the next session, and takes it up anew if asked", async () => {
    const { network, node, generation } = await working()
    node.send(assignment(1))
    const running = await generation()
    node.hangUp("cable pulled")
    await vi.waitFor(() => expect(running.interrupted).toBe(true), { interval: 2 })
    const next = await network.activated(1)
    next.send(assignment(1))
    ;(await generation(1)).end("stop")
    expect(await next.frame("receipt")).toMatchObject({ completion_tokens: 0, answer_hash: sha256("") })
    expect(next.all("receipt")).toHaveLength(1)
  })

  it("says goodbye, lets what runs end, takes nothing new, and goes", async () => {
    const { agent, node, generation } = await working()
    node.send(assignment(1))
    const running = await generation()
    const stopped = agent.stop()
    await node.frame("bye")
    node.send(assignment(2))
    expect(await node.frame("declined")).toMatchObject({ attempt_id: attemptIdAt(2), reason: "draining" })
    running.end("stop")
    await stopped
    expect(await node.frame("receipt")).toMatchObject({ attempt_id: attemptIdAt(1), finish_reason: "stop" })
  })
})
