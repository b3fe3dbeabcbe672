import { decode } from "@nats-io/jwt"
import { nkeys } from "@nats-io/transport-node"
import { describe, expect, it } from "vitest"
import { MAX_CLOCK_SKEW_MS } from "#domain/protocol/frames.ts"
import { MAX_CREDENTIALS_MS } from "#domain/protocol/node-credentials.ts"
import { gateGateway } from "#gateways/gate/gate-gateway.ts"
import { MAX_CHECKS_PER_SECOND, MAX_PER_NODE, PER_NODE_MS } from "#gateways/gate/limits.ts"
import { natsNodeCredentials } from "#infra/nats/accounts/node-credentials.ts"
import { askingNode } from "#test/support/node-credentials.ts"
import { withoutAccounts } from "./fake-manage.ts"

const NOW = 1_795_600_000_000

const signer = { environment: "testnet", account: nkeys.createAccount().getPublicKey(), signer: nkeys.createAccount() } as const

/** A gate that knows `registered`, at a time that the test moves. */
const gateOf = (registered: readonly string[], isRegistered = async (nodeId: string) => registered.includes(nodeId)) => {
  const clock = { now: NOW }
  const counted: string[] = []
  const defects: unknown[] = []
  const app = gateGateway({
    ...withoutAccounts, environment: "testnet",
    credentials: natsNodeCredentials(signer),
    nodes: { isRegistered },
    counters: { increment: (name, reason) => counted.push(reason === undefined ? name : `${name}/${reason}`) },
    onDefect: (error) => defects.push(error),
    now: () => clock.now,
  })
  const ask = async (body: unknown) => {
    const response = await app.inject({ method: "POST", url: "/v1/nodes/credentials", payload: JSON.stringify(body) })
    const answer: { readonly jwt?: string; readonly expires_at?: number; readonly error?: { readonly code: string; readonly param: string | null } } =
      response.json()
    return { status: response.statusCode, code: answer.error?.code ?? null, param: answer.error?.param ?? null, answer, response }
  }
  return { ask, clock, counted, defects }
}

describe("credentials for a node", () => {
  it("are a user named after the node, for the node's own key, signed by the scoped key, and end after a day", async () => {
    const node = askingNode()
    const { ask, counted } = gateOf([node.nodeId])
    const { status, answer, response } = await ask(await node.request({ issuedAt: NOW - 1_000 }))
    expect(status).toBe(200)
    expect(answer.expires_at).toBe(NOW - 1_000 + MAX_CREDENTIALS_MS)
    const { name, sub, iss, exp, nats } = decode<object>(answer.jwt ?? "")
    expect({ name, sub, iss, exp }).toEqual({
      name: node.nodeId, sub: node.user.getPublicKey(), iss: signer.signer.getPublicKey(), exp: (NOW - 1_000 + MAX_CREDENTIALS_MS) / 1_000,
    })
    // A scoped user states no rights of its own: with any, the server refuses it.
    expect(nats).toEqual({ issuer_account: signer.account, type: "user", version: 2 })
    expect(response.headers["cache-control"]).toBe("no-store")
    expect(counted).toEqual(["gate_credentials_issued_total"])
  })

  it("never last longer than a day, even for a node whose clock is ahead", async () => {
    const node = askingNode()
    const { ask } = gateOf([node.nodeId])
    expect((await ask(await node.request({ issuedAt: NOW + MAX_CLOCK_SKEW_MS }))).answer.expires_at).toBe(NOW + MAX_CREDENTIALS_MS)
  })

  it.each([
    ["too old", -MAX_CLOCK_SKEW_MS - 1],
    ["from the future", MAX_CLOCK_SKEW_MS + 1],
  ])("are refused for a request that is %s", async (_, offsetMs) => {
    const node = askingNode()
    const { ask, counted } = gateOf([node.nodeId])
    expect(await ask(await node.request({ issuedAt: NOW + offsetMs }))).toMatchObject({ status: 400, code: "stale_request", param: "issued_at" })
    expect(counted).toEqual(["gate_rejected_total/stale_request"])
  })

  it("are refused when anything in the request was signed otherwise, or by another key", async () => {
    const [node, other] = [askingNode(), askingNode()]
    const { ask } = gateOf([node.nodeId, other.nodeId])
    const good = await node.request({ issuedAt: NOW })
    const forged = [
      { ...good, node_id: other.nodeId },
      { ...good, public_key: other.user.getPublicKey() },
      { ...good, issued_at: NOW + 1 },
      { ...(await node.request({ issuedAt: NOW, environment: "mainnet" })), environment: "testnet" },
      { ...good, signature: (await other.request({ issuedAt: NOW })).signature },
      { ...good, node_id: good.node_id.toLowerCase() },
      { ...good, signature: `0x${"00".repeat(65)}` },
    ]
    for (const request of forged) expect(await ask(request)).toMatchObject({ status: 401, code: "invalid_signature" })
    expect(await ask(good)).toMatchObject({ status: 200 })
  })

  it("are for registered nodes of this network only", async () => {
    const node = askingNode()
    const { ask } = gateOf([])
    expect(await ask(await node.request({ issuedAt: NOW }))).toMatchObject({ status: 403, code: "node_not_registered" })
    const elsewhere = await node.request({ issuedAt: NOW, environment: "mainnet" })
    expect(await ask(elsewhere)).toMatchObject({ status: 400, code: "wrong_environment", param: "environment" })
  })

  it("are given once for one request: a repeated or an earlier one is refused", async () => {
    const node = askingNode()
    const { ask } = gateOf([node.nodeId])
    const [earlier, request] = [await node.request({ issuedAt: NOW - 5 }), await node.request({ issuedAt: NOW })]
    expect(await ask(request)).toMatchObject({ status: 200 })
    for (const old of [request, earlier]) expect(await ask(old)).toMatchObject({ status: 409, code: "repeated_request" })
  })

  it("are limited for each node, and a stranger cannot use up a node's share", async () => {
    const [node, stranger] = [askingNode(), askingNode()]
    const { ask, clock } = gateOf([node.nodeId])
    const forged = { ...(await stranger.request({ issuedAt: NOW })), node_id: node.nodeId }
    for (let index = 0; index <= MAX_PER_NODE; index++) await ask(forged)
    for (let index = 0; index < MAX_PER_NODE; index++) expect(await ask(await node.request({ issuedAt: NOW + index }))).toMatchObject({ status: 200 })
    const over = await ask(await node.request({ issuedAt: NOW + MAX_PER_NODE }))
    expect(over).toMatchObject({ status: 429, code: "rate_limit_exceeded" })
    expect(over.response.headers["retry-after"]).toBe(String(PER_NODE_MS / 1_000))
    clock.now = NOW + PER_NODE_MS
    expect(await ask(await node.request({ issuedAt: clock.now }))).toMatchObject({ status: 200 })
  })

  it("cost a bounded number of signature checks a second, whoever asks", async () => {
    const node = askingNode()
    const { ask, clock } = gateOf([node.nodeId])
    const good = await node.request({ issuedAt: NOW })
    const forged = { ...good, signature: `0x${"11".repeat(65)}` }
    for (let index = 0; index < MAX_CHECKS_PER_SECOND; index++) await ask(forged)
    expect(await ask(good)).toMatchObject({ status: 503, code: "too_busy" })
    clock.now += 1_000
    expect(await ask(good)).toMatchObject({ status: 200 })
  })

  it("wait for the read model: 503, and no defect, while it cannot be asked", async () => {
    const node = askingNode()
    const { ask, defects, counted } = gateOf([], () => Promise.reject(new Error("no database")))
    expect(await ask(await node.request({ issuedAt: NOW }))).toMatchObject({ status: 503, code: "nodes_unavailable" })
    expect([defects, counted]).toEqual([[], ["gate_failed_total/nodes_unavailable"]])
  })

  it.each([
    ["no object", [], null],
    ["a node id that is none", { node_id: "0x12" }, "node_id"],
    ["a seed instead of a public key", { public_key: `S${"U".repeat(57)}` }, "public_key"],
    ["a mistyped public key", { public_key: `U${"A".repeat(55)}` }, "public_key"],
    ["an account's key", { public_key: nkeys.createAccount().getPublicKey() }, "public_key"],
    ["a wildcard in the key", { public_key: `U${"*".repeat(55)}` }, "public_key"],
    ["a time that is no number", { issued_at: "now" }, "issued_at"],
    ["an unknown network", { environment: "devnet" }, "environment"],
    ["a short signature", { signature: "0x00" }, "signature"],
  ])("say what is wrong with a request that has %s", async (_, change, param) => {
    const node = askingNode()
    const { ask } = gateOf([node.nodeId])
    const body = Array.isArray(change) ? change : { ...(await node.request({ issuedAt: NOW })), ...change }
    expect(await ask(body)).toMatchObject({ status: 400, param })
  })
})
