import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { DatabaseSync } from "node:sqlite"
import { PostgresCannotStart } from "./start-failure.ts"

const LOCK_TIMEOUT_MS = 90_000
const LOCK_POLL_MS = 20

/**
 * Runs `work` while no other process does so on this folder. SQLite is only the lock: the operating system frees it when the
 * holder dies, which a lock file does not give, and Node has no flock.
 */
export const withFolderLock = async <A>(folder: string, work: () => Promise<A>): Promise<A> => {
  const lock = new DatabaseSync(join(folder, "postgres.lock"), { timeout: 0 })
  try {
    const deadline = Date.now() + LOCK_TIMEOUT_MS
    while (!tryLock(lock)) {
      if (Date.now() > deadline) {
        throw new PostgresCannotStart({ reason: "timeout", message: `another process holds ${folder} for over ${LOCK_TIMEOUT_MS} ms` })
      }
      await delay(LOCK_POLL_MS)
    }
    return await work()
  } finally {
    lock.close()
  }
}

const BUSY = 5

const tryLock = (lock: DatabaseSync): boolean => {
  try {
    lock.exec("BEGIN EXCLUSIVE")
    return true
  } catch (cause) {
    if (cause instanceof Error && "errcode" in cause && cause.errcode === BUSY) return false
    throw cause
  }
}
