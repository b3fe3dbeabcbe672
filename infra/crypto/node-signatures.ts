import { randomBytes } from "node:crypto"
import { recoverTypedDataAddress } from "viem/utils"
import type { SessionCertificate } from "#domain/node/index.ts"
import { NODE_SESSION_DOMAIN, NODE_SESSION_TYPES, nodeSessionMessage } from "#domain/protocol/session-certificate.ts"
import type { NodeSignaturesShape } from "#gateways/ports/node-signatures.ts"
import { ed25519Signer, ed25519Verifier } from "./ed25519.ts"
import { runningSha256 } from "./running-hash.ts"

const NONCE_BYTES = 16
const EVM_SIGNATURE = /^0x[0-9a-f]{130}$/

/** The network's side of the conversation with nodes, with its ed25519 private key (PKCS8 DER, base64). */
export const nodeSignatures = (networkKeyPkcs8: string): NodeSignaturesShape => {
  const network = ed25519Signer(networkKeyPkcs8)
  return {
    networkKey: network.publicKey,
    sign: network.sign,
    verifyCertificate,
    verify: ed25519Verifier(),
    hash: runningSha256,
    nonce: () => randomBytes(NONCE_BYTES).toString("base64url"),
  }
}

/** The recovered address comes in EIP-55 form: a `nodeId` in any other spelling is refused, so one key is one node. */
const verifyCertificate = async ({ signature, ...certificate }: SessionCertificate): Promise<boolean> => {
  if (!isHex(signature)) return false
  try {
    const message = nodeSessionMessage(certificate)
    const signed = { domain: NODE_SESSION_DOMAIN, types: NODE_SESSION_TYPES, primaryType: "NodeSession", message, signature } as const
    return (await recoverTypedDataAddress(signed)) === certificate.nodeId
  } catch {
    return false
  }
}

const isHex = (text: string): text is `0x${string}` => EVM_SIGNATURE.test(text)
