import { Effect } from "effect"
import type { PrivateKeyAccount } from "viem/accounts"
import { newSessionId } from "#commands/ids.ts"
import type { Environment, NodeId } from "#domain/kernel/ids.ts"
import type { SessionCertificate } from "#domain/node/index.ts"
import { NODE_SESSION_DOMAIN, NODE_SESSION_TYPES, nodeSessionMessage } from "#domain/protocol/session-certificate.ts"
import type { NodeIdentityShape } from "#node/ports/node-identity.ts"
import { freshEd25519Signer } from "../crypto/ed25519.ts"

/** The longest that the network accepts. */
export const CERTIFICATE_MS = 7 * 24 * 3_600_000

/** The node's EVM key vouches for one ed25519 key per session; that key lives in this process only. */
export const nodeIdentity = (account: PrivateKeyAccount): NodeIdentityShape => {
  const nodeId = account.address as string as NodeId
  return {
    nodeId,
    newSession: (environment) =>
      Effect.promise(async () => {
        const session = freshEd25519Signer()
        return { certificate: await certify(account, nodeId, environment, session.publicKey), sign: session.sign }
      }),
  }
}

const certify = async (
  account: PrivateKeyAccount,
  nodeId: NodeId,
  environment: Environment,
  publicKey: string,
): Promise<SessionCertificate> => {
  const issuedAt = Date.now()
  const certificate = { nodeId, sessionId: newSessionId(), environment, publicKey, issuedAt, expiresAt: issuedAt + CERTIFICATE_MS }
  const message = nodeSessionMessage(certificate)
  const signature = await account.signTypedData({ domain: NODE_SESSION_DOMAIN, types: NODE_SESSION_TYPES, primaryType: "NodeSession", message })
  return { ...certificate, signature }
}
