import { connect } from "node:net"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { newAttemptId } from "#commands/ids.ts"
import { deliveredSubject, type DeliveredReply } from "#domain/protocol/bus-messages.ts"
import { ASK, fakeNetwork, GOOD_KEY, type Saying, silent, startGateway, until } from "./fake-network.ts"

const withHeldAnswer = () => {
  const network = fakeNetwork()
  const held: { say?: Saying } = {}
  network.script = (say) => {
    held.say = say
    say.tokens("Hel")
  }
  return { network, held }
}

describe("a client that hangs up", () => {
  it("in a stream has its work cancelled", async () => {
    const { network, held } = withHeldAnswer()
    const { client } = await startGateway(network)
    const stream = await client.chat.completions.create({ ...ASK, stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === "Hel") break
    await until(() => network.cancelled.length > 0)
    expect(network.cancelled).toEqual([{ jobId: network.submitted[0]?.jobId, reason: "client_disconnected" }])
    held.say?.ended("cancelled")
    expect(network.kept).toEqual(["Hel"])
  })

  it("before a whole answer has its work cancelled", async () => {
    const { network } = withHeldAnswer()
    const { client } = await startGateway(network)
    const hangUp = new AbortController()
    const answer = client.chat.completions.create(ASK, { signal: hangUp.signal }).catch((error: unknown) => error)
    await until(() => network.submitted.length > 0)
    hangUp.abort()
    await answer
    await until(() => network.cancelled.length > 0)
    expect(network.cancelled[0]?.reason).toBe("client_disconnected")
  })

  it("while its job waits for credits has it cancelled as soon as it is there", async () => {
    const network = fakeNetwork()
    const accept = network.submit
    const credits = Promise.withResolvers<void>()
    let waiting = false
    network.script = silent
    network.submit = (job) => {
      waiting = true
      return Effect.andThen(Effect.promise(() => credits.promise), accept(job))
    }
    const { client, app } = await startGateway(network)
    let closed = false
    app.server.on("connection", (socket) => socket.on("close", () => (closed = true)))
    const hangUp = new AbortController()
    const answer = client.chat.completions.create(ASK, { signal: hangUp.signal }).catch((error: unknown) => error)
    await until(() => waiting)
    hangUp.abort()
    await answer
    await until(() => closed)
    credits.resolve()
    await until(() => network.cancelled.length > 0)
    expect(network.cancelled[0]?.jobId).toBe(network.submitted[0]?.jobId)
  })

  it("is still answered for until the job ends, and then nobody listens", async () => {
    const { network, held } = withHeldAnswer()
    const { client } = await startGateway(network)
    const before = network.bus.listeners()
    const stream = await client.chat.completions.create({ ...ASK, stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === "Hel") break
    await until(() => network.cancelled.length > 0)
    for (let index = 0; index < 100; index += 1) held.say?.tokens("x")
    const jobId = network.submitted[0]?.jobId
    if (jobId === undefined) throw new Error("nothing was submitted")
    const asked = network.bus.request(deliveredSubject(jobId), { fence: newAttemptId() }, 1)
    const reply = (await Effect.runPromise(asked)) as DeliveredReply
    expect(reply.attempts).toEqual([{ attemptId: held.say?.attemptId, tokens: 1 + 64 }])
    held.say?.ended("cancelled")
    expect(network.bus.listeners()).toEqual(before)
  })

  it("is not taken for one that got its answer", async () => {
    const { client, network, app } = await startGateway()
    await client.chat.completions.create(ASK)
    await client.chat.completions.stream(ASK).finalContent()
    await app.close()
    expect(network.cancelled).toEqual([])
  })

  it("cancels again when the log was away for a moment", async () => {
    const { network } = withHeldAnswer()
    let attempts = 0
    const { client } = await startGateway(network, {
      jobs: {
        submit: (job) => network.submit(job),
        cancel: (job) =>
          Effect.suspend(() => {
            attempts += 1
            return attempts < 2 ? Effect.fail({ _tag: "EventStoreUnavailable" }) : Effect.sync(() => void network.cancelled.push(job))
          }),
        markProgress: () => Effect.void,
        outcome: () => Effect.succeed(null),
        confirmCompleted: () => Effect.void,
        keepAnswer: () => Effect.void,
      },
    })
    const stream = await client.chat.completions.create({ ...ASK, stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === "Hel") break
    await until(() => network.cancelled.length > 0)
    expect(attempts).toBe(2)
  })
})

describe("a client that does not read", () => {
  it("is cut off at a bounded buffer and its work cancelled", async () => {
    const { network, held } = withHeldAnswer()
    const { url } = await startGateway(network)
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    socket.on("error", () => {})
    const body = JSON.stringify({ ...ASK, stream: true })
    const headers = ["host: x", `authorization: Bearer ${GOOD_KEY}`, `content-length: ${body.length}`]
    socket.write(["POST /v1/chat/completions HTTP/1.1", ...headers, "", body].join("\r\n"))
    socket.pause()
    await until(() => held.say !== undefined)
    const text = "x".repeat(64 * 1024)
    let sent = 0
    while (network.cancelled.length === 0 && sent < 1_000) {
      held.say?.tokens(text)
      sent += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(network.cancelled[0]?.reason).toBe("slow_client")
    socket.destroy()
  })
})
