import { mkdir, realpath } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import pg from "pg"
import { findBinaries } from "./binaries.ts"
import { withFolderLock } from "./folder-lock.ts"
import { initCluster, POSTGRES_USER } from "./init-cluster.ts"
import { serverState, type ServerState } from "./postmaster-file.ts"
import { isPostmaster } from "./process-identity.ts"
import { runAs } from "./run-as.ts"
import { countUsers, registerUser } from "./server-users.ts"
import { PostgresCannotStart, startFailureFrom } from "./start-failure.ts"
import { START_TIMEOUT_MS, startServer, STATE_POLL_MS } from "./start-server.ts"

export interface OpenedPostgres {
  /** With the password in it: for connecting, never for showing. */
  readonly url: string
  readonly startedHere: boolean
  /** Leaves the server; the last user of the folder stops it. */
  readonly close: () => Promise<void>
}

export interface PostgresOptions {
  readonly dataDir: string
  readonly password: string
  readonly log: (line: string) => void
}

const STOP_TIMEOUT_MS = 30_000
/** How soon a server that died is started again by whoever uses it. */
const WATCH_INTERVAL_MS = 500
const CONNECT_TIMEOUT_MS = 10_000

/**
 * A durable Postgres below `dataDir`, started here or shared with the processes that already use it; with `DATABASE_URL` set,
 * that server and nothing started. While open, a server that dies is started again on the same port.
 */
export const openPostgres = async (options: PostgresOptions): Promise<OpenedPostgres> => {
  const given = process.env["DATABASE_URL"]
  if (given !== undefined && given !== "") return { url: given, startedHere: false, close: async () => {} }
  try {
    return await openEmbedded(options)
  } catch (cause) {
    if (cause instanceof PostgresCannotStart) throw cause
    throw startFailureFrom("cannot open the database folder", cause instanceof Error ? cause.message : String(cause))
  }
}

const openEmbedded = async ({ dataDir: given, password, log }: PostgresOptions): Promise<OpenedPostgres> => {
  await mkdir(given, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(given)
  const folder = join(dataDir, "postgres")
  const { port, startedHere, leave } = await withFolderLock(dataDir, async () => {
    const running = await ensureRunning(dataDir, password, log)
    return { ...running, leave: await registerUser(dataDir) }
  })
  const url = `postgres://${POSTGRES_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
  const stopWatching = watch(folder, async () => {
    await withFolderLock(dataDir, () => ensureRunning(dataDir, password, log))
    log("Postgres had stopped and was started again")
  }, log)

  const close = async (): Promise<void> => {
    await stopWatching()
    await withFolderLock(dataDir, async () => {
      await leave()
      if ((await countUsers(dataDir)) === 0) await stopServer(folder)
    })
  }
  await checkPassword(url).catch(async (cause: unknown) => {
    await close()
    throw cause
  })
  return { url, startedHere, close: once(close) }
}

const ensureRunning = async (dataDir: string, password: string, log: (line: string) => void) => {
  const folder = join(dataDir, "postgres")
  const state = await settledState(folder)
  if (state._tag === "Ready") return { port: state.port, startedHere: false }
  const binaries = await findBinaries()
  const as = await runAs(folder, [binaries.postgres])
  await initCluster(folder, { binaries, as, password })
  const { port } = await startServer({ folder, logFile: join(dataDir, "postgres.log"), binaries, as })
  log(`Postgres is ready on port ${port}`)
  return { port, startedHere: true }
}

/** A server that is starting or shutting down is waited for. */
const settledState = async (folder: string): Promise<ServerState> => {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const state = await serverState(folder)
    if (state._tag !== "Changing") return state
    if (Date.now() > deadline) {
      throw new PostgresCannotStart({ reason: "timeout", message: `the Postgres on ${folder} (pid ${state.pid}) neither starts nor stops` })
    }
    await delay(STATE_POLL_MS)
  }
}

/** Calls `revive` whenever the server is found dead; the returned function ends that and waits for a revival under way. */
const watch = (folder: string, revive: () => Promise<void>, log: (line: string) => void): (() => Promise<void>) => {
  let reviving: Promise<void> = Promise.resolve()
  let busy = false
  const check = async (): Promise<void> => {
    if ((await serverState(folder))._tag === "Stopped") await revive()
  }
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    reviving = check()
      .catch((cause: unknown) => log(`Postgres cannot be started again: ${String(cause)}`))
      .finally(() => (busy = false))
  }, WATCH_INTERVAL_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    return reviving
  }
}

/** Fast shutdown: clients are cut off, everything committed stays. */
const stopServer = async (folder: string): Promise<void> => {
  const state = await serverState(folder)
  if (state._tag === "Stopped") return
  process.kill(state.pid, "SIGINT")
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (await isPostmaster(state.pid)) {
    if (Date.now() > deadline) {
      // Without the last checkpoint; the next start recovers from the log.
      process.kill(state.pid, "SIGQUIT")
      return
    }
    await delay(STATE_POLL_MS)
  }
}

const WRONG_PASSWORD = "28P01"

const checkPassword = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on("error", () => {})
  try {
    await client.connect()
  } catch (cause) {
    const wrong = cause instanceof pg.DatabaseError && cause.code === WRONG_PASSWORD
    throw new PostgresCannotStart({
      reason: wrong ? "wrong-password" : "failed",
      message: wrong
        ? "the database folder has another password than secrets.json: one of the two was replaced"
        : `Postgres does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
    })
  } finally {
    await client.end().catch(() => {})
  }
}

const once = (action: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | null = null
  return () => (done ??= action())
}
