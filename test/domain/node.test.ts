import { describe, expect, it } from "vitest"
import { type ActivateNodeModel, type CloseNodeSession, node, type OpenNodeSession } from "#domain/node/index.ts"
import { NODE_A, SESSION_A, SESSION_B } from "#test/support/arbitrary-ids.ts"
import { scenario } from "#test/support/scenario.ts"

const open = (sessionId = SESSION_A): OpenNodeSession => ({
  type: "OpenNodeSession", nodeId: NODE_A, environment: "testnet", version: "0.1.0", slots: 4, at: 1,
  certificate: {
    nodeId: NODE_A, sessionId, environment: "testnet", publicKey: "key", issuedAt: 1, expiresAt: 9, signature: "0xsig",
  },
})
const activate = (name: string, sessionId = SESSION_A): ActivateNodeModel => ({
  type: "ActivateNodeModel", nodeId: NODE_A, sessionId, model: { name, hash: "h", contextLength: 512 }, at: 2,
})
const close = (sessionId = SESSION_A): CloseNodeSession => ({
  type: "CloseNodeSession", nodeId: NODE_A, sessionId, reason: "gone", at: 3,
})
const unknown = scenario(node)

describe("a node's session", () => {
  it("registers the node at first contact and never again", () => {
    unknown.when(open()).gives({ type: "NodeRegistered" }, { type: "NodeSessionOpened", data: { sessionId: SESSION_A } })
    unknown.after(open(), close()).when(open(SESSION_B)).gives({ type: "NodeSessionOpened", data: { sessionId: SESSION_B } })
  })

  it("opens once", () => {
    unknown.after(open()).when(open()).changesNothing()
  })

  it("replaces the one before, which is closed in the same commit", () => {
    const replaced = unknown.after(open()).when(open(SESSION_B))
    replaced.gives(
      { type: "NodeSessionClosed", data: { sessionId: SESSION_A, reason: "replaced" } },
      { type: "NodeSessionOpened", data: { sessionId: SESSION_B } },
    )
  })

  it("keeps the certificate, so that receipts can be checked years later", () => {
    const { certificate } = open()
    unknown.when(open()).gives({ type: "NodeRegistered" }, { type: "NodeSessionOpened", data: { certificate } })
  })

  it("closes once, and closing an older one leaves the newer open", () => {
    unknown.after(open()).when(close()).gives({ type: "NodeSessionClosed", data: { reason: "gone" } })
    unknown.after(open(), close()).when(close()).changesNothing()
    unknown.after(open(), open(SESSION_B)).when(close()).changesNothing()
  })
})

describe("a model of a node", () => {
  it("is activated once per session", () => {
    unknown.after(open()).when(activate("tiny")).gives({ type: "NodeModelActivated", data: { sessionId: SESSION_A } })
    unknown.after(open(), activate("tiny")).when(activate("tiny")).changesNothing()
  })

  it("must be tested again in the next session", () => {
    const later = unknown.after(open(), activate("tiny"), open(SESSION_B))
    expect(later.state.session?.models).toEqual([])
    later.when(activate("tiny", SESSION_B)).gives({ type: "NodeModelActivated" })
  })

  it("cannot be activated in a session that is not open", () => {
    unknown.when(activate("tiny")).rejects({ _tag: "SessionNotOpen", sessionId: SESSION_A })
    unknown.after(open(), open(SESSION_B)).when(activate("tiny")).rejects({ _tag: "SessionNotOpen", sessionId: SESSION_A })
  })
})
