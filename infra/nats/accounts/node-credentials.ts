import { recoverTypedDataAddress } from "viem/utils"
import { NODE_CREDENTIALS_DOMAIN, NODE_CREDENTIALS_TYPES, nodeCredentialsMessage } from "#domain/protocol/node-credentials.ts"
import type { NodeCredentials } from "#gateways/ports/node-credentials.ts"
import { isUserKey } from "./keys.ts"
import { nodeUserJwt } from "./mint-users.ts"
import type { NodeSigner } from "./node-signer.ts"

const EVM_SIGNATURE = /^0x[0-9a-f]{130}$/

/** Credentials as users of the account that nodes have on the NATS servers. */
export const natsNodeCredentials = ({ signer, account }: NodeSigner): NodeCredentials => ({
  isUserKey,
  isSigned: async ({ signature, ...request }) => {
    if (!isHex(signature)) return false
    const typed = { domain: NODE_CREDENTIALS_DOMAIN, types: NODE_CREDENTIALS_TYPES, primaryType: "NodeCredentials" } as const
    try {
      // The recovered address comes in EIP-55 form: one key is one node.
      return (await recoverTypedDataAddress({ ...typed, message: nodeCredentialsMessage(request), signature })) === request.node_id
    } catch {
      return false
    }
  },
  issue: ({ nodeId, publicKey, expiresAt }) =>
    nodeUserJwt({ signer, account, nodeId, publicKey, expiresAtS: Math.floor(expiresAt / 1_000) }),
})

const isHex = (text: string): text is `0x${string}` => EVM_SIGNATURE.test(text)
