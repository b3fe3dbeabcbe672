import { execFile } from "node:child_process"
import { chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import type { PostgresBinaries } from "./binaries.ts"
import type { RunAs } from "./run-as.ts"
import { PostgresCannotStart, startFailureFrom } from "./start-failure.ts"

export const POSTGRES_USER = "resultity"
const POSTGRES_MAJOR = "18"
const INITDB_TIMEOUT_MS = 60_000

/** Nothing of our environment, above all no PG… variable, may steer the server. */
export const serverEnvironment = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC" }

/** The folder as initdb leaves it, or as it already is. Built beside and renamed, so that a killed start leaves nothing half done. */
export const initCluster = async (
  folder: string,
  { binaries, as, password }: { readonly binaries: PostgresBinaries; readonly as: RunAs; readonly password: string },
): Promise<void> => {
  const version = await readFile(join(folder, "PG_VERSION"), "utf8").catch(() => null)
  if (version !== null) return assertVersion(folder, version.trim())
  const building = `${folder}.new`
  const passwordFile = join(dirname(folder), "postgres.password")
  await rm(building, { recursive: true, force: true })
  await mkdir(building, { mode: 0o700 })
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (as.owner !== null) {
      await chown(building, as.owner.uid, as.owner.gid)
      await chown(passwordFile, as.owner.uid, as.owner.gid)
    }
    await runInitdb(building, passwordFile, binaries, as)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(building, folder)
}

const runInitdb = async (folder: string, passwordFile: string, binaries: PostgresBinaries, as: RunAs): Promise<void> => {
  const [program = binaries.initdb, ...words] = [
    ...as.prefix,
    binaries.initdb,
    `--pgdata=${folder}`,
    `--username=${POSTGRES_USER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
    ...(process.platform === "linux" ? ["--sync-method=syncfs"] : []),
  ]
  await promisify(execFile)(program, words, { env: serverEnvironment, cwd: "/", timeout: INITDB_TIMEOUT_MS }).catch(
    (cause: Error & { readonly stdout?: string; readonly stderr?: string }) => {
      throw startFailureFrom("cannot create the database folder", `${cause.stderr ?? ""}` || cause.message)
    },
  )
}

const assertVersion = (folder: string, version: string): void => {
  if (version === POSTGRES_MAJOR) return
  throw new PostgresCannotStart({
    reason: "other-postgres-version",
    message: `${folder} was made by Postgres ${version}; this program brings Postgres ${POSTGRES_MAJOR}`,
  })
}
