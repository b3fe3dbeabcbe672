import { nkeys } from "@nats-io/transport-node"
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts"
import { type Environment, NodeId } from "#domain/kernel/ids.ts"
import {
  NODE_CREDENTIALS_DOMAIN, NODE_CREDENTIALS_TYPES, nodeCredentialsMessage, type NodeCredentialsRequest,
} from "#domain/protocol/node-credentials.ts"

/** A node as it asks for credentials: an EVM key and a NATS user key that never leave it. */
export interface AskingNode {
  readonly nodeId: NodeId
  readonly account: PrivateKeyAccount
  readonly user: nkeys.KeyPair
  /** A signed request. */
  readonly request: (asked: { readonly issuedAt: number; readonly environment?: Environment }) => Promise<NodeCredentialsRequest>
}

export const askingNode = (): AskingNode => {
  const account = privateKeyToAccount(generatePrivateKey())
  const user = nkeys.createUser()
  const nodeId = NodeId.make(account.address)
  return {
    nodeId, account, user,
    request: async ({ issuedAt, environment = "testnet" }) => {
      const request = { node_id: nodeId, public_key: user.getPublicKey(), environment, issued_at: issuedAt }
      const message = nodeCredentialsMessage(request)
      const typed = { domain: NODE_CREDENTIALS_DOMAIN, types: NODE_CREDENTIALS_TYPES, primaryType: "NodeCredentials", message } as const
      return { ...request, signature: await account.signTypedData(typed) }
    },
  }
}
