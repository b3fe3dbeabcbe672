import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import process from "node:process"

const PLATFORM = process.platform === "win32" ? "win" : process.platform
const BACKENDS = ["cuda", "vulkan"]

/**
 * Whether this installation can use a GPU at all. Where it cannot, the engine is told so: it then does not spend its start probing
 * for devices. On a Mac the GPU needs no package beside the platform's own.
 */
export const hasGpuPackage = (): boolean =>
  process.platform === "darwin" || BACKENDS.some((backend) => isInstalled(`@node-llama-cpp/${PLATFORM}-${process.arch}-${backend}`))

/** A stub stands in for the packages that are left out: it has a name and no binaries. */
const isInstalled = (name: string): boolean => {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? []
  return paths.some((path) => existsSync(join(path, name, "bins")))
}
