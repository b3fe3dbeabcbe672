import { Effect, Schedule } from "effect"
import type { Logger } from "pino"
import { Commands } from "#commands/handle.ts"
import { newGatewayId } from "#commands/ids.ts"
import { closeLostSession } from "#commands/node/close-lost-session.ts"
import { publishPolicy } from "#commands/network-config/publish-policy.ts"
import { dispatch } from "#commands/workflows/dispatch.ts"
import { settlement } from "#commands/workflows/settlement.ts"
import { watchdog } from "#commands/workflows/watchdog.ts"
import type { Environment, GatewayId } from "#domain/kernel/ids.ts"
import { defaultPolicy, networkConfig } from "#domain/network-config/index.ts"
import { ioGateway } from "#gateways/io/gateway.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import { LIVE_SCHEMA, type ReadDb } from "#projections/read-db.ts"
import { readModels } from "#projections/read-models.ts"
import { runProjector } from "#projections/runner.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { postgresProjectionLock } from "../postgres/projection-lock.ts"
import { readModelDb } from "../postgres/read-models.ts"
import { IO_PATH, listenForNodes } from "../ws/node-socket-server.ts"
import type { DataFolder } from "./data-folder.ts"
import { embeddedAdapters, type EmbeddedAdapters } from "./network-adapters.ts"
import { httpGateways, listenHttp } from "./network-gateways.ts"
import { networkRuntime } from "./network-layers.ts"
import { projectorLog } from "./projector-log.ts"

export interface NetworkOptions {
  readonly folder: DataFolder
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly ioPort: number
  readonly adminPort: number
  readonly log: Logger
}

export interface RunningNetwork {
  readonly baseUrl: string
  readonly ioUrl: string
  readonly adminUrl: string
  /** What nodes pin; base64url. */
  readonly networkKey: string
  /** Lets running answers end, then stops everything that `startNetwork` started. */
  readonly stop: () => Promise<void>
}

const PURGE_INTERVAL = "1 hour"
const LOOPBACK = "127.0.0.1"

/** The whole network in this process, on an open data folder. The caller holds the folder's lock. */
export const startNetwork = async (options: NetworkOptions): Promise<RunningNetwork> => {
  const { folder, host, log } = options
  const { pool, readDb, secrets } = folder
  const adapters = embeddedAdapters({ pool, store: folder.log.store, readDb, secrets, logger: log })
  const runtime = networkRuntime(adapters)
  const closing: (() => Promise<unknown>)[] = [() => runtime.dispose()]
  const stop = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const gatewayId = newGatewayId()
    await runtime.runPromise(ensurePolicy(adapters.environment))
    await runtime.runPromise(closeLostSessions(readDb))
    const background = runtime.runFork(Effect.scoped(workers(folder, adapters, { gatewayId, log })))
    closing.push(() => Effect.runPromise(Effect.asVoid(Effect.exit(interrupted(background)))))

    const io = await runtime.runPromise(ioGateway)
    const nodes = await listenForNodes({ host, port: options.ioPort }, io.accept)
    closing.push(async () => {
      io.stop()
      await nodes.close()
    })
    const { cloud, admin } = await runtime.runPromise(httpGateways({ adapters, gatewayId, readDb, secrets, logger: log }))
    closing.push(() => admin.close(), () => cloud.close())
    const adminPort = await listenHttp(admin, { host: LOOPBACK, port: options.adminPort })
    const port = await listenHttp(cloud, { host, port: options.port })
    return {
      baseUrl: `http://${urlHost(host)}:${port}/v1`,
      ioUrl: `ws://${urlHost(host)}:${nodes.port}${IO_PATH}`,
      adminUrl: `http://${LOOPBACK}:${adminPort}`,
      networkKey: adapters.signatures.networkKey,
      stop,
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

const interrupted = (fiber: { readonly interruptUnsafe: () => void; readonly addObserver: (seen: () => void) => void }) =>
  Effect.callback<void>((resume) => {
    fiber.addObserver(() => resume(Effect.void))
    fiber.interruptUnsafe()
  })

/** A new network starts under the default rules; one that has rules keeps them. */
const ensurePolicy = Effect.fnUntraced(function* (environment: Environment) {
  const { load } = yield* Commands
  const { current } = yield* load(networkConfig, environment)
  if (current === null) yield* publishPolicy(environment, defaultPolicy)
})

/** No node is connected yet: sessions that are still open belong to a process that was killed. */
const closeLostSessions = Effect.fnUntraced(function* (readDb: ReadDb) {
  const nodes = yield* Effect.promise(() => nodeQueries(readDb).list())
  for (const { nodeId, session } of nodes) {
    if (session !== null) yield* closeLostSession({ nodeId, sessionId: session.sessionId })
  }
})

/** What runs beside the gateways: read models, dispatch, settlement, watchdog, retention. */
const workers = Effect.fnUntraced(function* (
  { pool, log }: DataFolder,
  { counters, content }: EmbeddedAdapters,
  process: { readonly gatewayId: GatewayId; readonly log: Logger },
) {
  yield* dispatch
  yield* settlement
  const projector = runProjector({
    feed: log.feed,
    sink: postgresSink(readModelDb(pool), LIVE_SCHEMA),
    projections: readModels,
    lock: postgresProjectionLock(pool),
    observer: projectorLog(counters, process.log),
  })
  const purge = Effect.tryPromise(() => content.purgeExpired()).pipe(
    Effect.catch((failure) => Effect.logWarning("contents past their retention were not deleted", failure)),
    Effect.repeat(Schedule.spaced(PURGE_INTERVAL)),
  )
  // One gateway, in this process: what an earlier process left open has no client any more.
  const settings = { gatewayAlive: (id: GatewayId) => id === process.gatewayId, aloneSince: Date.now() }
  yield* Effect.all([projector, watchdog(settings), purge], { concurrency: "unbounded" })
})

/** An address that listens everywhere is reached by loopback from here. */
const urlHost = (host: string): string => {
  if (host === "0.0.0.0" || host === "::") return LOOPBACK
  return host.includes(":") ? `[${host}]` : host
}
