import { Effect } from "effect"
import { Commands } from "#commands/handle.ts"
import { NetworkSettings } from "#commands/ports/network-settings.ts"
import { node, type NodeModel, type SessionCertificate } from "#domain/node/index.ts"
import { type Hello, PROTOCOL_VERSION } from "#domain/protocol/frames.ts"
import { NodeSignatures } from "../ports/node-signatures.ts"
import type { Refusal } from "./envelope.ts"
import { MAX_CERTIFICATE_MS } from "./limits.ts"

type HelloFrame = typeof Hello.Type

/** Why this hello does not open a session, or null. */
export const checkHello = Effect.fnUntraced(function* (hello: HelloFrame, nonce: string) {
  const signatures = yield* NodeSignatures
  const { environment } = yield* NetworkSettings
  const { certificate } = hello
  const refusal = staticRefusal(hello, { nonce, environment, at: Date.now() })
  if (refusal !== null) return refusal
  const genuine = yield* Effect.promise(() => signatures.verifyCertificate(certificate))
  return genuine ? null : bad("bad_certificate", `the certificate was not signed by ${certificate.nodeId}`)
})

const bad = (code: Refusal["code"], message: string): Refusal => ({ code, message })

const staticRefusal = (
  hello: HelloFrame,
  expected: { readonly nonce: string; readonly environment: string; readonly at: number },
): Refusal | null => {
  const { certificate, protocol, nonce, models } = hello
  if (protocol !== PROTOCOL_VERSION) {
    return bad("wrong_protocol", `this network speaks protocol ${PROTOCOL_VERSION}, the node ${protocol}; update the node`)
  }
  if (nonce !== expected.nonce) return bad("replayed_message", "the nonce is not the one of this connection")
  if (certificate.environment !== expected.environment) {
    return bad("wrong_environment", `this is ${expected.environment}, the certificate is for ${certificate.environment}`)
  }
  if (certificate.nodeId !== hello.node_id || certificate.sessionId !== hello.session_id) {
    return bad("bad_certificate", "node_id or session_id differs from the certificate's")
  }
  if (new Set(models.map((model) => model.name)).size !== models.length) {
    return bad("malformed_frame", "a model is offered twice")
  }
  return certificateInForce(certificate, expected.at) ? null : bad("bad_certificate", "the certificate is not in force now")
}

const certificateInForce = ({ issuedAt, expiresAt }: SessionCertificate, at: number): boolean =>
  issuedAt <= at + 60_000 && expiresAt > at && expiresAt - issuedAt <= MAX_CERTIFICATE_MS

/** Puts the session on record: from now on its receipts can be verified for ever. */
export const openSession = Effect.fnUntraced(function* (hello: HelloFrame) {
  const { handle } = yield* Commands
  const { environment } = yield* NetworkSettings
  const { certificate, version, slots } = hello
  const { nodeId, sessionId } = certificate
  const command = { type: "OpenNodeSession", nodeId, environment, certificate, version, slots, at: Date.now() } as const
  yield* handle(node, nodeId, command, { commandId: `session/${sessionId}/open`, correlationId: nodeId })
})

export const activateModels = Effect.fnUntraced(function* (session: SessionCertificate, models: readonly NodeModel[]) {
  const { handle } = yield* Commands
  const { nodeId, sessionId } = session
  yield* Effect.forEach(models, (model) => {
    const command = { type: "ActivateNodeModel", nodeId, sessionId, model, at: Date.now() } as const
    return handle(node, nodeId, command, { commandId: `session/${sessionId}/model/${model.name}`, correlationId: nodeId })
  })
})

export const closeSession = Effect.fnUntraced(function* (session: SessionCertificate, reason: string) {
  const { handle } = yield* Commands
  const { nodeId, sessionId } = session
  const command = { type: "CloseNodeSession", nodeId, sessionId, reason, at: Date.now() } as const
  yield* handle(node, nodeId, command, { commandId: `session/${sessionId}/close`, correlationId: nodeId })
})
