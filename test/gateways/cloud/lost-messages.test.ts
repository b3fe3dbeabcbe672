import { describe, expect, it, vi } from "vitest"
import type { JobId } from "#domain/kernel/ids.ts"
import { type SaidRequest, saidSubject, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { SILENCE_MS } from "#gateways/cloud/session/job-session.ts"
import { newAttemptId } from "#commands/ids.ts"
import { numberedMessages } from "#test/support/numbered-messages.ts"
import { type FakeNetwork, fakeNetwork, MODEL, startGateway } from "./fake-network.ts"

const ASK = { model: MODEL, messages: [{ role: "user" as const, content: "hello" }] }

/** A network whose IO gateway sends these messages, of which the bus loses some, and has all of them when it is asked. */
const losing = (lost: readonly number[], { remembers }: { readonly remembers: boolean }): FakeNetwork => {
  const network = fakeNetwork()
  network.script = (_, { jobId }) => {
    const attemptId = newAttemptId()
    const said = numberedMessages()
    const all = [said.tokens(attemptId, "one "), said.tokens(attemptId, "two "), said.tokens(attemptId, "three"), said.finished(attemptId, 3)]
    if (remembers) remember(network, jobId, all)
    all.forEach((message, n) => {
      if (!lost.includes(n)) network.bus.publish(tokensSubject(jobId), message)
    })
  }
  return network
}

const remember = (network: FakeNetwork, jobId: JobId, all: readonly StreamMessage[]): void =>
  void network.bus.serve(saidSubject(jobId), async (request) => ({ messages: all.slice((request as SaidRequest).after) }))

describe("a bus that loses messages", () => {
  it.each([[[1]], [[0, 1]], [[2]], [[0]]])("loses no word of an answer: without number %j it is asked for", async (lost) => {
    const network = losing(lost, { remembers: true })
    const { client } = await startGateway(network)
    const { choices, usage } = await client.chat.completions.create(ASK)
    expect(choices[0]?.message.content).toBe("one two three")
    expect(usage?.completion_tokens).toBe(3)
    expect(network.confirmed).toHaveLength(1)
    expect(network.counted.get("cloud_caught_up_total")).toBe(1)
  })

  it("loses no end: after some silence it is asked for", async () => {
    let now = Date.now()
    const network = losing([3], { remembers: true })
    const { client } = await startGateway(network, { now: () => now })
    const answer = client.chat.completions.create(ASK)
    await vi.waitFor(() => expect(network.answered).toBe(1))
    now += SILENCE_MS
    expect((await answer).choices[0]?.message.content).toBe("one two three")
  })

  it("and a sender that is gone: the client hears how the job ended by the log, instead of waiting for its time limit", async () => {
    let now = Date.now()
    const network = losing([3], { remembers: false })
    const { client } = await startGateway(network, { now: () => now })
    const answer = client.chat.completions.create(ASK).catch((error: unknown) => error)
    await vi.waitFor(() => expect(network.answered).toBe(1))
    network.outcome = "failed"
    now += SILENCE_MS
    expect(await answer).toMatchObject({ status: 503, code: "job_failed" })
  })
})
