import { type Effect, Layer, ManagedRuntime } from "effect"
import type pg from "pg"
import type { Logger } from "pino"
import { type Commands, commandsLayer } from "#commands/handle.ts"
import type { EventStore } from "#commands/ports/event-store.ts"
import { KeyMinter } from "#commands/ports/key-minter.ts"
import type { EventFeed } from "#projections/ports/event-feed.ts"
import type { ReadDb } from "#projections/read-db.ts"
import type { PlatformConfig } from "../config/platform-config.ts"
import { loadSecrets, readSecretsFile, type Secrets } from "../config/secrets.ts"
import { keyMinter } from "../crypto/key-minter.ts"
import { openPostgres } from "../postgres/embedded.ts"
import { migrate } from "../postgres/migrate.ts"
import { openPool } from "../postgres/pool.ts"
import { liveReadModels } from "../postgres/read-models.ts"
import { type Currentness, makeCurrent } from "./current-read-models.ts"
import { type EventLog, logLayer, openLog } from "./open-log.ts"
import { prepareFolder } from "./prepare-folder.ts"
import { requireConfig } from "./require-config.ts"

export type FolderServices = Commands | EventFeed | EventStore | KeyMinter

/** A data folder in use by this process: its secrets, its Postgres, the log and the read models. */
export interface DataFolder {
  readonly dir: string
  readonly config: PlatformConfig
  readonly secrets: Secrets
  readonly logger: Logger
  /** Aborted when the process is asked to stop. */
  readonly interrupted: AbortSignal
  readonly url: string
  readonly pool: pg.Pool
  readonly log: EventLog
  readonly readDb: ReadDb
  /** Runs an effect with the folder's services; rejects with the failure itself. Interrupted when the process is asked to stop. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, FolderServices>) => Promise<A>
  /** Resolves once the read models have taken in everything that is in the log now, whoever keeps them, or cannot soon. */
  readonly caughtUp: () => Promise<Currentness>
  readonly close: () => Promise<void>
}

export interface FolderOptions {
  readonly log: Logger
  readonly interrupted: AbortSignal
}

/** Opens or makes the folder `dir`. Several processes may have one open; the last one out stops its Postgres. */
export const openDataFolder = async (dir: string, { log: logger, interrupted }: FolderOptions): Promise<DataFolder> => {
  const config = requireConfig()
  // Processes whose engines are all elsewhere have nothing to keep.
  if (config.databaseUrl === null || config.secretsFile === null) await prepareFolder(dir)
  const secrets = config.secretsFile === null ? await loadSecrets(dir) : await readSecretsFile(config.secretsFile)
  const say = (line: string): void => logger.info(line)
  const postgres = await openPostgres({ dataDir: dir, password: secrets.postgresPassword, log: say })
  const closing: (() => Promise<void>)[] = [postgres.close]
  let open = true
  const close = async (): Promise<void> => {
    open = false
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    // The server of the last user stops while the pool's connections say goodbye.
    const pool = openPool(postgres.url, (cause) => open && logger.warn({ err: cause }, "a database connection broke"))
    closing.push(() => pool.end())
    await migrate(pool)
    const log = await openLog(config, pool)
    closing.push(log.close)
    const runtime = ManagedRuntime.make(servicesOf(log, secrets))
    closing.push(() => runtime.dispose())
    return {
      dir, config, secrets, logger, interrupted, url: postgres.url, pool, log, close,
      readDb: liveReadModels(pool),
      run: (effect) => runtime.runPromise(effect, { signal: interrupted }),
      caughtUp: () => runtime.runPromise(makeCurrent(pool, log.feed), { signal: interrupted }),
    }
  } catch (cause) {
    await close()
    throw cause
  }
}

const servicesOf = (log: EventLog, secrets: Secrets): Layer.Layer<FolderServices> =>
  Layer.mergeAll(
    commandsLayer({}).pipe(Layer.provideMerge(logLayer(log))),
    Layer.succeed(KeyMinter, keyMinter(secrets.keyPepper)),
  )
