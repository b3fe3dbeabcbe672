import { encodeAccount, encodeOperator, newScopedSigner } from "@nats-io/jwt"
import { nkeys } from "@nats-io/transport-node"
import type { Environment } from "#domain/kernel/ids.ts"
import { inboxSubjects } from "./inbox.ts"
import type { KeyPair } from "./keys.ts"
import { type NetworkNames, networkNames } from "./network-names.ts"
import { jobsFetching, platformServices, type StoreService } from "./store-services.ts"

/** An account with its key and the operator's word for it. */
export interface MintedAccount {
  readonly name: string
  readonly key: KeyPair
  readonly jwt: string
}

/** The accounts of one network. Only `store` has streams; the others reach them through what it exports. */
export interface MintedNetwork {
  readonly names: NetworkNames
  readonly store: MintedAccount
  readonly platform: MintedAccount
  readonly nodes: MintedAccount
  /** Signs users of `nodes`, and nothing but users with a node's rights. */
  readonly nodeSigner: KeyPair
}

export interface MintedOperator {
  readonly key: KeyPair
  readonly jwt: string
  readonly system: MintedAccount
  readonly networks: readonly MintedNetwork[]
}

const UNLIMITED = -1
const NO_STREAMS = { subs: UNLIMITED, data: UNLIMITED, payload: UNLIMITED, imports: UNLIMITED, exports: UNLIMITED, wildcards: true, conn: UNLIMITED, leaf: 0 }
const STREAMS = { ...NO_STREAMS, mem_storage: UNLIMITED, disk_storage: UNLIMITED, streams: UNLIMITED, consumer: UNLIMITED }

/** Of one node's connection: a few pulls and its requests' inboxes. */
const NODE_SUBSCRIPTIONS = 32
/** A node sends pull requests and acknowledgements. */
const NODE_PAYLOAD_BYTES = 4_096

/** Makes every key anew. */
export const mintOperator = async (environments: readonly Environment[]): Promise<MintedOperator> => {
  const key = nkeys.createOperator()
  const systemKey = nkeys.createAccount()
  const system = { name: "system", key: systemKey, jwt: await encodeAccount("system", systemKey, { limits: NO_STREAMS }, { signer: key }) }
  const jwt = await encodeOperator("resultity", key, { system_account: systemKey.getPublicKey() })
  const networks: MintedNetwork[] = []
  for (const environment of environments) networks.push(await mintNetwork(networkNames(environment), key))
  return { key, jwt, system, networks }
}

const mintNetwork = async (names: NetworkNames, operator: KeyPair): Promise<MintedNetwork> => {
  const { environment } = names
  const [store, platform, nodes, nodeSigner] = [nkeys.createAccount(), nkeys.createAccount(), nkeys.createAccount(), nkeys.createAccount()]
  const services = platformServices(names)
  const signed = async (part: string, key: KeyPair, account: Parameters<typeof encodeAccount>[2]): Promise<MintedAccount> => {
    const name = `${environment}-${part}`
    return { name, key, jwt: await encodeAccount(name, key, account, { signer: operator }) }
  }
  return {
    names,
    nodeSigner,
    store: await signed("store", store, { limits: STREAMS, exports: services.map(exported) }),
    platform: await signed("platform", platform, { limits: NO_STREAMS, imports: services.map(importedFrom(store)) }),
    nodes: await signed("nodes", nodes, {
      limits: NO_STREAMS,
      imports: jobsFetching(names, "*").map(importedFrom(store)),
      signing_keys: [newScopedSigner(nodeSigner, "node", nodeRights(names))],
    }),
  }
}

const exported = ({ subject, answers }: StoreService) =>
  ({ name: subject, subject, type: "service", response_type: answers === "many" ? "Stream" : "Singleton" }) as const

/** Not shared: the server would write who asks into every message's headers, the log's too, at half the speed (measured). */
const importedFrom = (store: KeyPair) => ({ subject }: StoreService) =>
  ({ name: subject, subject, local_subject: subject, account: store.getPublicKey(), type: "service" }) as const

/** The server fills in the name in the user's JWT, which is the node's id, and the user's public key. */
const nodeRights = (names: NetworkNames) => ({
  pub: { allow: jobsFetching(names, "{{name()}}").map(({ subject }) => subject) },
  sub: { allow: [inboxSubjects("{{name()}}", "{{subject()}}")] },
  subs: NODE_SUBSCRIPTIONS,
  payload: NODE_PAYLOAD_BYTES,
})
