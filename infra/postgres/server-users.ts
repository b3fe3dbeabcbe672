import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { isAlive, startedAt } from "./process-identity.ts"

let opened = 0

/** The processes that use one embedded server: a file each, so that the last one out can stop it. Call under the folder's lock. */
export const registerUser = async (dataDir: string): Promise<() => Promise<void>> => {
  const folder = join(dataDir, "postgres-users")
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${process.pid}-${opened++}`)
  await writeFile(file, await startedAt(process.pid))
  return () => rm(file, { force: true })
}

/** Processes that died without leaving are forgotten. */
export const countUsers = async (dataDir: string): Promise<number> => {
  const folder = join(dataDir, "postgres-users")
  let alive = 0
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(name.split("-")[0])
    const recorded = await readFile(join(folder, name), "utf8").catch(() => null)
    if (recorded !== null && isAlive(pid) && recorded === (await startedAt(pid))) alive++
    else await rm(join(folder, name), { force: true })
  }
  return alive
}
