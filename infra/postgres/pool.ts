import pg from "pg"

export const MAX_POOL_CONNECTIONS = 10
const CONNECT_TIMEOUT_MS = 5_000
const IDLE_TIMEOUT_MS = 60_000
/** A process that stands still in the middle of a transaction keeps its rows from everybody for so long at most. */
const STANDS_STILL_MS = 10_000

/** Connections to one database. `onError` hears of idle connections that break; the pool replaces them. */
export const openPool = (url: string, onError: (cause: Error) => void = () => {}): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_POOL_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    application_name: "resultity",
    keepAlive: true,
    // Whatever a server of the owner's is set to: acknowledged means synced.
    options: `-c synchronous_commit=on -c idle_in_transaction_session_timeout=${STANDS_STILL_MS}`,
  })
  pool.on("error", onError)
  return pool
}
