import { encodeUser } from "@nats-io/jwt"
import { nanos, nkeys } from "@nats-io/transport-node"
import { inboxSubjects } from "./inbox.ts"
import { type KeyPair, seedOf } from "./keys.ts"
import type { MintedAccount, MintedNetwork } from "./mint-accounts.ts"
import { allowedTo, type NatsRole } from "./role-permissions.ts"

/** A process that was asked something may answer once, within this: longer than a node may take to count a prompt. */
const ANSWER_MS = 30_000

/** A credentials file's text for a process of the platform. */
export const roleCredentials = async ({ names, platform }: MintedNetwork, role: NatsRole): Promise<string> => {
  const user = nkeys.createUser()
  const { publish, subscribe, answers } = allowedTo(role, names)
  const jwt = await encodeUser(role, user, platform.key, {
    pub: { allow: [...publish] },
    sub: { allow: [...subscribe, inboxSubjects(role, user.getPublicKey())] },
    ...(answers ? { resp: { max: 1, ttl: nanos(ANSWER_MS) } } : {}),
  })
  return credentialsText(jwt, user)
}

/** All rights in one account: for a person, never for a process. */
export const administratorCredentials = async ({ key }: MintedAccount): Promise<string> => {
  const user = nkeys.createUser()
  return credentialsText(await encodeUser("administrator", user, key), user)
}

/** For who holds a node's signer: users of the account `nodes`, whose rights the server takes from the signer's scope. */
export interface NodeUser {
  readonly signer: KeyPair
  readonly account: string
  readonly nodeId: string
  readonly publicKey: string
  /** Seconds since 1970. */
  readonly expiresAtS: number
}

export const nodeUserJwt = ({ signer, account, nodeId, publicKey, expiresAtS }: NodeUser): Promise<string> =>
  encodeUser(nodeId, publicKey, account, {}, { signer, scopedUser: true, exp: expiresAtS })

/** The usual format of NATS credentials files. */
export const credentialsText = (jwt: string, user: KeyPair): string =>
  [
    "-----BEGIN NATS USER JWT-----", jwt, "------END NATS USER JWT------", "",
    "-----BEGIN USER NKEY SEED-----", seedOf(user), "------END USER NKEY SEED------", "",
  ].join("\n")
