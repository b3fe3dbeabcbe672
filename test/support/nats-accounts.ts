import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { connect, type ConnectionOptions, jwtAuthenticator, type NatsConnection, nkeys } from "@nats-io/transport-node"
import { vi } from "vitest"
import type { Environment } from "#domain/kernel/ids.ts"
import { NATS_SERVER } from "#infra/engines/nats-program.ts"
import { obtain } from "#infra/engines/obtain.ts"
import { accountFiles, writeAccountFiles } from "#infra/nats/accounts/account-files.ts"
import { natsIdentity } from "#infra/nats/accounts/credentials-file.ts"
import { inboxPrefix } from "#infra/nats/accounts/inbox.ts"
import { mintOperator } from "#infra/nats/accounts/mint-accounts.ts"
import { nodeUserJwt } from "#infra/nats/accounts/mint-users.ts"
import { readNodeSigner } from "#infra/nats/accounts/node-signer.ts"
import { freePort } from "#infra/postgres/free-port.ts"

const READY = { timeout: 30_000, interval: 20 }
const DEPLOYED = join(import.meta.dirname, "../../infra/deploy/nats")

/** A user of a server with accounts, as a process has it. */
export interface User {
  readonly connection: NatsConnection
  readonly inbox: string
  /** `<operation> <subject>` of each refusal so far. */
  readonly refused: Set<string>
}

export interface AccountServers {
  readonly folder: string
  readonly url: string
  readonly monitorUrls: readonly string[]
  /** With the credentials file of that name. */
  readonly as: (environment: Environment, name: string) => Promise<User>
  readonly asNode: (environment: Environment, nodeId: string, lifeMs?: number) => Promise<User>
  readonly close: () => Promise<void>
}

/** Real servers with the accounts that `resultity nats-accounts init` makes, configured by the files of infra/deploy. */
export const startAccountServers = async (count: 1 | 3): Promise<AccountServers> => {
  const program = await obtain(NATS_SERVER, { say: () => {}, interrupted: new AbortController().signal })
  const root = await mkdtemp(join(tmpdir(), "resultity-accounts-"))
  const folder = join(root, "accounts")
  await writeAccountFiles(folder, await accountFiles(await mintOperator(["testnet", "mainnet"])))
  const children: ChildProcess[] = []
  const connections: NatsConnection[] = []
  const close = async (): Promise<void> => {
    await Promise.all(connections.map((connection) => connection.close()))
    for (const child of children) if (child.kill("SIGKILL")) await once(child, "exit")
    await rm(root, { recursive: true, force: true })
  }
  const places = count === 1 ? [await singleServer(folder, root)] : await clusterServers(folder, root)
  for (const { config, env } of places) children.push(spawn(program, ["--config", config], { stdio: "ignore", env: { ...process.env, ...env } }))
  try {
    for (const { monitorUrl } of places) await vi.waitFor(() => healthy(monitorUrl), READY)
  } catch (cause) {
    await close()
    throw cause
  }
  const url = places.map((place) => place.url).join(",")
  const user = async (identity: Pick<ConnectionOptions, "authenticator" | "inboxPrefix">): Promise<User> => {
    const connection = await connect({ servers: url.split(","), reconnect: false, ...identity })
    connections.push(connection)
    return { connection, inbox: identity.inboxPrefix ?? "", refused: refusalsOf(connection) }
  }
  return {
    folder, url, close,
    monitorUrls: places.map(({ monitorUrl }) => monitorUrl),
    as: async (environment, name) => user(await natsIdentity(join(folder, environment, `${name}.creds`))),
    asNode: async (environment, nodeId, lifeMs = 60_000) => {
      const { signer, account } = await readNodeSigner(join(folder, environment, "node-signer.json"))
      const pair = nkeys.createUser()
      const publicKey = pair.getPublicKey()
      const jwt = await nodeUserJwt({ signer, account, nodeId, publicKey, expiresAtS: Math.ceil((Date.now() + lifeMs) / 1_000) })
      return user({ authenticator: jwtAuthenticator(jwt, pair.getSeed()), inboxPrefix: inboxPrefix(nodeId, publicKey) })
    },
  }
}

interface Place {
  readonly config: string
  readonly env: Readonly<Record<string, string>>
  readonly url: string
  readonly monitorUrl: string
}

/** As `server.conf`, on free ports. */
const singleServer = async (folder: string, root: string): Promise<Place> => {
  const [port, monitorPort] = [await freePort(null), await freePort(null)]
  const config = join(folder, "server.conf")
  const store = `jetstream { store_dir: "${join(root, "store")}", sync_interval: always }`
  await writeFile(config, `listen: "127.0.0.1:${port}"\nhttp: "127.0.0.1:${monitorPort}"\n${store}\ninclude "accounts.conf"\n`)
  return { config, env: {}, url: `nats://127.0.0.1:${port}`, monitorUrl: `http://127.0.0.1:${monitorPort}` }
}

/** The deployed file itself: three loopback addresses stand for three machines. */
const clusterServers = async (folder: string, root: string): Promise<readonly Place[]> => {
  const config = join(folder, "cluster.conf")
  await copyFile(join(DEPLOYED, "cluster.conf"), config)
  const hosts = [1, 2, 3].map((index) => `127.77.${process.pid % 250}.${index}`)
  const password = "routes-of-a-test"
  return hosts.map((host, index) => ({
    config,
    env: {
      NATS_SERVER_NAME: `resultity-${index + 1}`,
      NATS_HOST: host,
      NATS_STORE: join(root, `store-${index}`),
      NATS_ROUTE_PASSWORD: password,
      NATS_ROUTES: `[${hosts.map((other) => `"nats://route:${password}@${other}:6222"`).join(", ")}]`,
    },
    url: `nats://${host}:4222`,
    monitorUrl: `http://${host}:8222`,
  }))
}

const healthy = async (monitorUrl: string): Promise<void> => {
  const { ok } = await fetch(`${monitorUrl}/healthz`)
  if (!ok) throw new Error(`${monitorUrl} is not healthy yet`)
}

const refusalsOf = (connection: NatsConnection): Set<string> => {
  const refused = new Set<string>()
  const follow = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type !== "error") continue
      const violation = /Permissions Violation for (Publish|Subscription) to "([^"]+)"/.exec(status.error.message)
      refused.add(violation === null ? status.error.message : `${violation[1]} ${violation[2]}`)
    }
  }
  void follow()
  return refused
}
