import type { PrivateKeyAccount } from "viem/accounts"
import { newSessionId } from "#commands/ids.ts"
import type { NodeId } from "#domain/kernel/ids.ts"
import type { SessionCertificate } from "#domain/node/index.ts"
import { NODE_SESSION_DOMAIN, NODE_SESSION_TYPES, nodeSessionMessage } from "#domain/protocol/session-certificate.ts"
import type { NodeIdentityShape } from "#node/ports/identity.ts"
import { ed25519Verifier, freshEd25519Signer } from "../crypto/ed25519.ts"
import { runningSha256 } from "../crypto/running-hash.ts"
import { loadEvmAccount } from "./evm-key-file.ts"

/** The network refuses more than seven days; a connection that lasts longer opens a new session. */
export const CERTIFICATE_MS = 6 * 24 * 3_600_000
/** A network whose clock is a little behind must not find the certificate to be from the future. */
const BACKDATED_MS = 5_000

/** This machine's node: its EVM key lives in the file at `path`, made or imported at first launch. */
export const nodeIdentity = async (path: string, importFrom: string | null): Promise<NodeIdentityShape> => {
  const account = await loadEvmAccount(path, importFrom)
  const nodeId = account.address as NodeId
  return {
    nodeId,
    openSession: async (environment) => {
      const key = freshEd25519Signer()
      const issuedAt = Date.now() - BACKDATED_MS
      const facts = { nodeId, sessionId: newSessionId(), environment, publicKey: key.publicKey }
      const certificate = await signSessionCertificate(account, { ...facts, issuedAt, expiresAt: issuedAt + CERTIFICATE_MS })
      return { sessionId: facts.sessionId, certificate, sign: key.sign }
    },
    verifyNetwork: ed25519Verifier(),
    hash: runningSha256,
  }
}

/** EIP-712: the EVM key vouches for a session's ed25519 key. */
export const signSessionCertificate = async (
  account: Pick<PrivateKeyAccount, "signTypedData">,
  certificate: Omit<SessionCertificate, "signature">,
): Promise<SessionCertificate> => {
  const message = nodeSessionMessage(certificate)
  const typed = { domain: NODE_SESSION_DOMAIN, types: NODE_SESSION_TYPES, primaryType: "NodeSession", message } as const
  return { ...certificate, signature: await account.signTypedData(typed) }
}
