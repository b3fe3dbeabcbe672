import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Schema } from "effect"
import type { Engine, EnginePlace } from "./engine.ts"
import { NATS_SERVER } from "./nats-program.ts"
import { fetchJson } from "./probe.ts"

const CLUSTER_SIZE = 3
const WHAT = "NATS JetStream"

interface Server {
  readonly role: string
  readonly port: number
  readonly httpPort: number
  /** Null for a server of its own. */
  readonly cluster: { readonly port: number; readonly routes: readonly string[] } | null
}

/** One server that syncs every message before it acknowledges. */
export const nats: Engine = {
  name: "nats",
  start: async (place) => {
    const program = await place.obtain(NATS_SERVER)
    const server = { role: "nats", port: await place.port("nats"), httpPort: await place.port("nats-http"), cluster: null }
    await runServer(place, program, server)
    return { what: WHAT, version: await versionOf(server), url: urlOf(server), env: { NATS_MONITOR_URL: monitorUrlOf(server) } }
  },
}

/** Three servers, so that streams can have three replicas. Each can be killed and comes back on its port with the next `up`. */
export const natsCluster: Engine = {
  name: "nats-cluster",
  start: async (place) => {
    const program = await place.obtain(NATS_SERVER)
    const servers = await clusterServers(place)
    await Promise.all(servers.map((server) => runServer(place, program, server)))
    const [first] = servers
    const version = first === undefined ? "" : await versionOf(first)
    return { what: `${WHAT} (${CLUSTER_SIZE} servers)`, version, url: servers.map(urlOf).join(","), env: { NATS_CLUSTER_MONITOR_URL: servers.map(monitorUrlOf).join(",") } }
  },
}

const clusterServers = async (place: EnginePlace): Promise<readonly Server[]> => {
  const members = []
  for (let index = 1; index <= CLUSTER_SIZE; index++) {
    const role = `n${index}`
    members.push({ role, port: await place.port(role), httpPort: await place.port(`${role}-http`), route: await place.port(`${role}-cluster`) })
  }
  const routes = members.map(({ route }) => `nats://127.0.0.1:${route}`)
  return members.map(({ route, ...server }) => ({ ...server, cluster: { port: route, routes } }))
}

const runServer = async (place: EnginePlace, program: string, server: Server): Promise<void> => {
  const store = join(place.folder, server.role)
  await mkdir(store, { recursive: true, mode: 0o700 })
  const config = join(place.folder, `${server.role}.conf`)
  await writeFile(config, configOf(server, store))
  await place.run({
    role: server.role,
    program,
    args: ["--config", config],
    stop: "SIGTERM",
    // Says no until JetStream, and in a cluster its leader, is there.
    ready: () => fetchJson(`http://127.0.0.1:${server.httpPort}/healthz`),
  })
}

const configOf = ({ role, port, httpPort, cluster }: Server, store: string): string =>
  [
    `server_name: ${role}`,
    `listen: "127.0.0.1:${port}"`,
    `http: "127.0.0.1:${httpPort}"`,
    // Acknowledged means on the disk. Any interval acknowledges first.
    `jetstream { store_dir: ${JSON.stringify(store)}, sync_interval: always }`,
    // A prompt to be counted may be a little over 1 MB.
    "max_payload: 2MB",
    ...(cluster === null
      ? []
      : [`cluster { name: resultity, listen: "127.0.0.1:${cluster.port}", routes: [${cluster.routes.map((url) => JSON.stringify(url)).join(", ")}] }`]),
    "",
  ].join("\n")

const urlOf = ({ port }: Server): string => `nats://127.0.0.1:${port}`
const monitorUrlOf = ({ httpPort }: Server): string => `http://127.0.0.1:${httpPort}`

const Varz = Schema.Struct({ version: Schema.String })

const versionOf = async ({ httpPort }: Server): Promise<string> =>
  Schema.decodeUnknownSync(Varz)(await fetchJson(`http://127.0.0.1:${httpPort}/varz`)).version
