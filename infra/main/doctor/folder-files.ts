import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { fail, type Finding, ok, warn } from "./check.ts"

const OTHERS_MAY_READ = 0o077

export const checkFolder = async (dir: string): Promise<Finding> => {
  const found = await stat(dir).catch(() => null)
  if (found === null) return checkParent(dir)
  if (!found.isDirectory()) return fail("data folder", `${dir} is not a folder`, "name another one with --data")
  return (await isWritable(dir))
    ? ok("data folder", dir)
    : fail("data folder", `${dir} is not writable`, "give yourself write permission, or name another one with --data")
}

const checkParent = async (dir: string): Promise<Finding> =>
  (await isWritable(dirname(dir)))
    ? ok("data folder", `${dir} will be made at the first start`)
    : warn("data folder", `${dir} is not there yet`, "make it, or name another one with --data")

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  )

/** Files that hold secrets are for their owner alone. */
const SECRET_FILES = ["secrets.json", "demo-key.json", "node/identity.json"]

export const checkSecretFiles = async (dir: string): Promise<Finding> => {
  const there: string[] = []
  const open: string[] = []
  for (const name of SECRET_FILES) {
    const found = await stat(join(dir, name)).catch(() => null)
    if (found === null) continue
    there.push(name)
    if (process.platform !== "win32" && (found.mode & OTHERS_MAY_READ) !== 0) open.push(name)
  }
  if (open.length > 0) return fail("secrets", `${open.join(", ")} can be read by others`, `chmod 600 ${open.map((name) => join(dir, name)).join(" ")}`)
  return ok("secrets", there.length === 0 ? "none yet" : `${there.join(", ")}: owner only`)
}
