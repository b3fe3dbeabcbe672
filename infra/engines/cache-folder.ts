import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readdir, rename, rm } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { isAlive } from "../postgres/process-identity.ts"
import { type Found, found, missing, type Source } from "./engine.ts"

/** Where servers that were installed once are kept: `RESULTITY_ENGINES_CACHE`, else below the user's cache folder. */
export const cacheFolder = (): string => {
  const given = process.env["RESULTITY_ENGINES_CACHE"] ?? ""
  if (given !== "") return given
  const base = process.env["XDG_CACHE_HOME"] ?? ""
  return join(base === "" ? join(homedir(), ".cache") : base, "resultity", "engines")
}

export const cacheSource = (entry: string, program: string): Source => ({
  name: "cache",
  find: async () => {
    const path = join(cacheFolder(), entry, program)
    return existsSync(path) ? found(path) : missing("not installed before")
  },
})

/**
 * Fills the entry beside and renames it, so that a killed install leaves nothing half done and of two at once one wins. `fill` resolves
 * with why it could not, or null. The path found is the entry's folder.
 */
export const fillCache = async (entry: string, fill: (folder: string) => Promise<string | null>): Promise<Found> => {
  const folder = join(cacheFolder(), entry)
  await removeHalfDone(entry)
  const building = `${folder}.${process.pid}-${randomBytes(4).toString("hex")}`
  await mkdir(building, { recursive: true })
  try {
    const why = await fill(building)
    if (why !== null) return missing(why)
    await rename(building, folder).catch((cause: unknown) => {
      if (!existsSync(folder)) throw cause
    })
    return found(folder)
  } finally {
    await rm(building, { recursive: true, force: true })
  }
}

/** What installs left that were killed: up to a gigabyte each. */
const removeHalfDone = async (entry: string): Promise<void> => {
  for (const name of await readdir(cacheFolder()).catch(() => [])) {
    const pid = name.startsWith(`${entry}.`) ? /\.(\d+)-[0-9a-f]+$/.exec(name)?.[1] : undefined
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(cacheFolder(), name), { recursive: true, force: true })
  }
}
