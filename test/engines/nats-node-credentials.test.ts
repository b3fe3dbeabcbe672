import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node"
import { jetstreamManager } from "@nats-io/jetstream"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { uuidV7 } from "#commands/ids.ts"
import { ACK_WAIT_MS } from "#commands/ports/job-stream.ts"
import { AttemptId, type Environment, JobId, NamespaceId, type NodeId, SessionId } from "#domain/kernel/ids.ts"
import { gateGateway } from "#gateways/gate/gate-gateway.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { inboxPrefix } from "#infra/nats/accounts/inbox.ts"
import { credentialsText, nodeUserJwt } from "#infra/nats/accounts/mint-users.ts"
import { natsNodeCredentials } from "#infra/nats/accounts/node-credentials.ts"
import { readNodeSigner } from "#infra/nats/accounts/node-signer.ts"
import { natsJobStream } from "#infra/nats/job-stream.ts"
import { jobStreamNames, nodeConsumer } from "#infra/nats/job-stream-setup.ts"
import { run } from "#test/support/contract-events.ts"
import { type AccountServers, startAccountServers, type User } from "#test/support/nats-accounts.ts"
import { type AskingNode, askingNode } from "#test/support/node-credentials.ts"
import { withoutAccounts } from "../gateways/gate/fake-manage.ts"

const environment = "testnet"
const names = jobStreamNames(environment)
const WAIT = { timeout: 10_000, interval: 20 }

let servers: AccountServers
let dispatcher: User
let administrator: User
const opened: NatsConnection[] = []

beforeAll(async () => {
  servers = await startAccountServers(1)
  dispatcher = await servers.as(environment, "dispatcher")
  administrator = await servers.as(environment, "administrator")
})
afterAll(async () => {
  await Promise.all(opened.map((connection) => connection.close()))
  await servers.close()
})

const jobsOf = () => natsJobStream(dispatcher.connection, { environment, counters: memoryCounters() })

const assignTo = (nodeId: NodeId) => ({
  jobId: JobId.make(`job_${uuidV7()}`), attemptId: AttemptId.make(`att_${uuidV7()}`), namespaceId: NamespaceId.make(`ns_${uuidV7()}`),
  nodeId, sessionId: SessionId.make(`sess_${uuidV7()}`), model: "tiny", maxOutputTokens: 8, deliveredCharacters: 0, expiresAt: Date.now() + 60_000,
})

const consumerFor = async (nodeId: NodeId): Promise<void> => {
  const manager = await jetstreamManager(administrator.connection)
  await manager.consumers.add(names.jobs, nodeConsumer(names, nodeId, ACK_WAIT_MS))
}

/** Connects as the node would with a JWT that it was given. */
const connectWith = async ({ user, nodeId }: AskingNode, jwt: string): Promise<NatsConnection> => {
  const connection = await connect({
    servers: servers.url, reconnect: false, inboxPrefix: inboxPrefix(nodeId, user.getPublicKey()),
    authenticator: credsAuthenticator(new TextEncoder().encode(credentialsText(jwt, user))),
  })
  opened.push(connection)
  return connection
}

const signerOf = (network: Environment) => readNodeSigner(join(servers.folder, network, "node-signer.json"))

const jwtFor = async (node: AskingNode, lifeMs: number, network: Environment = environment): Promise<string> => {
  const { signer, account } = await signerOf(network)
  const expiresAtS = Math.floor((Date.now() + lifeMs) / 1_000)
  return nodeUserJwt({ signer, account, nodeId: node.nodeId, publicKey: node.user.getPublicKey(), expiresAtS })
}

const pull = (connection: NatsConnection, nodeId: string) =>
  connection.request(`$JS.API.CONSUMER.MSG.NEXT.${names.jobs}.${nodeId}`, JSON.stringify({ batch: 1, no_wait: true }), { noMux: true, timeout: 2_000 })

describe("a node with credentials from gate", () => {
  it("fetches its own assignments and acknowledges them, and neither sees nor takes another node's", async () => {
    const [node, other] = [askingNode(), askingNode()]
    const gate = gateGateway({
      ...withoutAccounts, environment, credentials: natsNodeCredentials(await signerOf(environment)), nodes: { isRegistered: async (id) => id === node.nodeId },
      counters: memoryCounters(), onDefect: (error) => expect.fail(String(error)),
    })
    const payload = JSON.stringify(await node.request({ issuedAt: Date.now() }))
    const granted: { readonly jwt: string } = (await gate.inject({ method: "POST", url: "/v1/nodes/credentials", payload })).json()
    const connection = await connectWith(node, granted.jwt)
    const jobs = await jobsOf()
    await consumerFor(node.nodeId)
    await consumerFor(other.nodeId)
    const mine = assignTo(node.nodeId)
    for (const assignment of [assignTo(other.nodeId), mine]) await run(jobs.enqueue(assignment))

    const fetched = await pull(connection, node.nodeId)
    expect(fetched.json()).toEqual(mine)
    expect((await connection.request(fetched.reply ?? "", "+ACK", { timeout: 2_000 })).string()).toBe("")
    expect((await pull(connection, node.nodeId)).headers?.code).toBe(404)
    await expect(pull(connection, other.nodeId)).rejects.toThrow(/Permissions Violation/)
    const manager = await jetstreamManager(administrator.connection)
    expect(await manager.consumers.info(names.jobs, other.nodeId)).toMatchObject({ num_pending: 1, num_ack_pending: 0 })
    await jobs.close()
  })

  it("is cut off by the server when they end, and not let in again", async () => {
    const node = askingNode()
    const jwt = await jwtFor(node, 2_000)
    const connection = await connectWith(node, jwt)
    const statuses: string[] = []
    void (async () => {
      for await (const status of connection.status()) statuses.push(status.type === "error" ? status.error.message : status.type)
    })()
    await vi.waitFor(() => expect(connection.isClosed()).toBe(true), WAIT)
    expect(statuses.join()).toMatch(/expired/i)
    // The server counts whole seconds: within the last one it lets in whom it throws out at once.
    const late: NatsConnection[] = []
    const again = () => connectWith(node, jwt).then((admitted) => late.push(admitted))
    await vi.waitFor(() => expect(again()).rejects.toThrow(/Authorization/i), WAIT)
    await vi.waitFor(() => expect(late.filter((one) => !one.isClosed())).toHaveLength(0), WAIT)
  })

  it("is not let in with a JWT that was changed, with another's key, or with one of another network's signer and this one's account", async () => {
    const [node, thief] = [askingNode(), askingNode()]
    const jwt = await jwtFor(node, 60_000)
    const [head, body, signature] = jwt.split(".")
    const claims: { readonly exp: number } = JSON.parse(Buffer.from(body ?? "", "base64url").toString())
    const longer = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 3_600 })).toString("base64url")
    await expect(connectWith(node, [head, longer, signature].join("."))).rejects.toThrow(/Authorization/i)
    await expect(connectWith(thief, jwt)).rejects.toThrow(/Authorization/i)
    const { signer } = await signerOf("mainnet")
    const { account } = await signerOf("testnet")
    const expiresAtS = Math.ceil(Date.now() / 1_000) + 60
    const crossed = await nodeUserJwt({ signer, account, nodeId: node.nodeId, publicKey: node.user.getPublicKey(), expiresAtS })
    await expect(connectWith(node, crossed)).rejects.toThrow(/Authorization/i)
  })

  it("reaches nothing of another network", async () => {
    const node = askingNode()
    const connection = await connectWith(node, await jwtFor(node, 60_000, "mainnet"))
    await consumerFor(node.nodeId)
    await expect(pull(connection, node.nodeId)).rejects.toThrow(/Permissions Violation/)
  })
})

describe("who holds the nodes' signer", () => {
  it("can make nodes and nothing else: a user of it that states rights of its own is not let in", async () => {
    const { encodeUser } = await import("@nats-io/jwt")
    const { signer, account } = await signerOf(environment)
    const node = askingNode()
    const greedy = await encodeUser(node.nodeId, node.user, account, { pub: { allow: [">"] }, sub: { allow: [">"] } }, { signer })
    await expect(connectWith(node, greedy)).rejects.toThrow(/Authorization/i)
  })
})

describe("the servers", () => {
  it("let nobody in without credentials", async () => {
    await expect(connect({ servers: servers.url, reconnect: false })).rejects.toThrow(/Authorization/i)
  })

  it("keep each role's private key out of their own configuration", async () => {
    const configuration = await readFile(join(servers.folder, "accounts.conf"), "utf8")
    expect(configuration).not.toMatch(/\bS[OAUN][A-Z2-7]{56}\b/)
  })
})
