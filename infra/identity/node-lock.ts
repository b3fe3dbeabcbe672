import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Data } from "effect"

/** Two processes with one identity would throw each other out of the network for ever. */
export class NodeFolderTaken extends Data.TaggedError("NodeFolderTaken")<{ readonly message: string }> {}

const BUSY = 5

/**
 * Takes the node identity under `dataDir` for this process, until it ends or gives it back. SQLite is only the lock: the operating
 * system frees it however the holder dies.
 */
export const lockNodeFolder = async (dataDir: string): Promise<{ readonly release: () => void }> => {
  const folder = join(dataDir, "node")
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(folder, "lock"), { timeout: 0 })
  try {
    lock.exec("BEGIN EXCLUSIVE")
    return { release: () => lock.close() }
  } catch (cause) {
    lock.close()
    if (!(cause instanceof Error && "errcode" in cause && cause.errcode === BUSY)) throw cause
    throw new NodeFolderTaken({
      message: `a node with the identity in ${folder} runs already (\`resultity up\` runs one too): give this one its own with --data <another folder>`,
    })
  }
}
