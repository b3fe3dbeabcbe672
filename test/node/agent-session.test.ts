import { afterEach, describe, expect, it, vi } from "vitest"
import { PROTOCOL_VERSION } from "#domain/protocol/frames.ts"
import { fakeEngine } from "#test/support/node-fake-engine.ts"
import { fakeNetwork, type FakeNetwork, PING } from "#test/support/node-fake-network.ts"
import { runAgent } from "#test/support/node-running-agent.ts"
import { attemptIdAt, networkSignatures } from "#test/support/node-test-keys.ts"

const EMPTY_CHAT = { task: "chat" as const, messages: [], sampling: {} }

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const join = async (network: FakeNetwork) => {
  const agent = await runAgent({ link: network.link, engine: fakeEngine().engine })
  cleanups.push(agent.dispose)
  return agent
}
const refuse = (code: "replaced" | "bad_certificate" | "unavailable" | "test_failed" | "malformed_frame", fatal = true) =>
  ({ type: "refused", code, message: "because", fatal }) as const

describe("a node that joins", () => {
  it("says hello with a certificate for a fresh key and the network's nonce, answers the test, and is ready", async () => {
    const network = fakeNetwork()
    const { identity, pinned, ready } = await join(network)
    const node = await network.activated()
    await ready
    const hello = await node.frame("hello")
    expect(hello).toMatchObject({
      protocol: PROTOCOL_VERSION, nonce: "nonce-1", node_id: identity.nodeId, sequence: 0, slots: 2,
      models: [{ name: "m", context_length: 512 }],
    })
    expect(await network.signatures.verifyCertificate(hello.certificate)).toBe(true)
    expect(await node.frame("tested")).toMatchObject({ model: "m", text: "pong", tokens: 1 })
    expect(pinned.key).toBe(network.signatures.networkKey)
  })

  it("is not ready before the network says so", async () => {
    const network = fakeNetwork()
    const { ready } = await join(network)
    let isReady = false
    void ready.then(() => (isReady = true))
    const node = await network.connection()
    await node.frame("hello")
    node.send({ type: "welcome", heartbeat_ms: 1 })
    node.send({ type: "test", model: "m", request: PING, max_output_tokens: 4 })
    await node.frame("tested")
    await node.frame("heartbeat", 3)
    expect(isReady).toBe(false)
    node.send({ type: "activated", models: ["m"] })
    await ready
  })

  it("beats as often as the network asked, ever later in its own sequence", async () => {
    const network = fakeNetwork()
    await join(network)
    const node = await network.connection()
    await node.frame("hello")
    node.send({ type: "welcome", heartbeat_ms: 10 })
    const beats = [await node.frame("heartbeat"), await node.frame("heartbeat", 1)]
    expect(beats[0]).toMatchObject({ busy: 0, memory_bytes: 1_000 })
    expect(node.received.map(({ sequence }) => sequence)).toEqual(node.received.map((_, n) => n))
  })

  it("comes back with a new session and a new key when the connection is lost, and when nobody answered at first", async () => {
    const network = fakeNetwork()
    network.state.online = false
    const { lines } = await join(network)
    await vi.waitFor(() => expect(lines).toContain("not connected to the network; trying again"), { interval: 2 })
    network.state.online = true
    const first = await (await network.activated()).frame("hello")
    network.connections[0]?.hangUp("cable pulled")
    const second = await (await network.activated(1)).frame("hello")
    expect(second.node_id).toBe(first.node_id)
    expect(second.session_id).not.toBe(first.session_id)
    expect(second.certificate.publicKey).not.toBe(first.certificate.publicKey)
  })

  it.each(["unavailable", "test_failed"] as const)("comes back when it was refused with %s", async (code) => {
    const network = fakeNetwork()
    await join(network)
    ;(await network.connection()).send(refuse(code))
    expect(await (await network.connection(1)).frame("hello")).toBeDefined()
  })

  it.each(["replaced", "bad_certificate"] as const)("stops for good when it was refused with %s", async (code) => {
    const network = fakeNetwork()
    const { failed } = await join(network)
    ;(await network.activated()).send(refuse(code))
    await expect(failed).rejects.toMatchObject({ _tag: "NodeStopped", code })
  })

  it("goes on after a refusal that does not end the session", async () => {
    const network = fakeNetwork()
    await join(network)
    const node = await network.activated()
    node.send(refuse("malformed_frame", false))
    node.send({ type: "count", request_id: "1", model: "m", request: EMPTY_CHAT })
    expect(await node.frame("counted")).toBeDefined()
    expect(network.connections).toHaveLength(1)
  })
})

describe("a node does not join", () => {
  it("a network that shows another key than the one it knows, and says what to do", async () => {
    const network = fakeNetwork()
    const { failed, pinned } = await join(network)
    const node = await network.activated()
    pinned.key = networkSignatures().networkKey
    node.hangUp("cable pulled")
    await expect(failed).rejects.toMatchObject({ code: "network_key_changed", message: expect.stringMatching(/--network-key/) })
    expect(network.connections[1]?.received).toEqual([])
  })

  it("a network of another environment or protocol", async () => {
    const wrongPlace = await join(fakeNetwork({ environment: "mainnet" }))
    await expect(wrongPlace.failed).rejects.toMatchObject({ code: "wrong_environment" })
    await expect(wrongPlace.ready).rejects.toMatchObject({ code: "wrong_environment" })
    const wrongTime = await join(fakeNetwork({ protocol: PROTOCOL_VERSION + 1 }))
    await expect(wrongTime.failed).rejects.toMatchObject({ code: "wrong_protocol" })
  })

  it("a network that cannot prove the key it shows", async () => {
    const network = fakeNetwork()
    network.state.networkKey = networkSignatures().networkKey
    const { pinned } = await join(network)
    await network.connection(1)
    expect(network.connections[0]?.received).toEqual([])
    expect(pinned.key).toBe(null)
  })
})

describe("a bad frame from the network", () => {
  it("that is not signed by its key ends the connection, and the node comes back", async () => {
    const network = fakeNetwork()
    await join(network)
    const node = await network.activated()
    node.sendRaw(node.signed({ type: "cancel", attempt_id: attemptIdAt(1), reason: "x" }).replace(`"reason":"x"`, `"reason":"y"`))
    await network.activated(1)
  })

  it("that makes no sense is logged once and ignored", async () => {
    const network = fakeNetwork()
    const { lines } = await join(network)
    const node = await network.activated()
    for (let n = 0; n < 3; n += 1) node.sendRaw("garbage")
    node.send({ type: "count", request_id: "1", model: "m", request: EMPTY_CHAT })
    await node.frame("counted")
    expect(lines.filter((line) => line.includes("does not understand"))).toHaveLength(1)
  })

  it("that was recorded in another session, or came before in this one, does nothing", async () => {
    const network = fakeNetwork()
    const { lines } = await join(network)
    const first = await network.activated()
    const [count, goodbye] = [first.signed({ type: "count", request_id: "1", model: "m", request: EMPTY_CHAT }), first.signed(refuse("replaced"))]
    first.sendRaw(count)
    first.sendRaw(count)
    first.hangUp("cable pulled")
    const second = await network.activated(1)
    for (const recorded of [count, goodbye]) second.sendRaw(recorded)
    second.send({ type: "count", request_id: "2", model: "m", request: EMPTY_CHAT })
    await second.frame("counted")
    const counted = [first, second].map((connection) => connection.all("counted").map(({ request_id }) => request_id))
    expect(counted).toEqual([["1"], ["2"]])
    expect(lines.filter((line) => line.includes("arrived again"))).toHaveLength(2)
    expect(network.connections).toHaveLength(2)
  })
})
