import type { SessionCertificate } from "../node/index.ts"

/** EIP-712 domain and types of `NodeSession`: what a node's EVM key signs to vouch for a session key. */
export const NODE_SESSION_DOMAIN = { name: "Resultity", version: "1" } as const

export const NODE_SESSION_TYPES = {
  NodeSession: [
    { name: "nodeId", type: "address" },
    { name: "sessionId", type: "string" },
    { name: "environment", type: "string" },
    { name: "publicKey", type: "string" },
    { name: "issuedAt", type: "uint64" },
    { name: "expiresAt", type: "uint64" },
  ],
} as const

/** The typed-data message of a certificate; integers as bigint, as EIP-712 libraries take uint64. */
export const nodeSessionMessage = (certificate: Omit<SessionCertificate, "signature">) => ({
  nodeId: certificate.nodeId as `0x${string}`,
  sessionId: certificate.sessionId as string,
  environment: certificate.environment as string,
  publicKey: certificate.publicKey,
  issuedAt: BigInt(certificate.issuedAt),
  expiresAt: BigInt(certificate.expiresAt),
})
