import pg from "pg"

export const MAX_POOL_CONNECTIONS = 10
const CONNECT_TIMEOUT_MS = 5_000
const IDLE_TIMEOUT_MS = 60_000

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
    options: "-c synchronous_commit=on",
  })
  pool.on("error", onError)
  return pool
}
