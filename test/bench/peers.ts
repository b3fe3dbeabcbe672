import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

/** What the benchmarks compare with lives in a folder with a lock file of its own. */
const PEERS = new URL("./peers/", import.meta.url)

/** The folder of an installed package; installs what is compared with when it is not there. */
export const peerFolder = (name: string): string => {
  const folder = new URL(`node_modules/${name}/`, PEERS)
  if (!existsSync(folder)) {
    console.log("installing what is compared with (once) …")
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", fileURLToPath(PEERS)]
    execFileSync("npm", args, { stdio: ["ignore", "ignore", "inherit"] })
  }
  return fileURLToPath(folder)
}

export const importPeer = async <Module>(name: string): Promise<Module> => {
  peerFolder(name)
  return (await import(pathToFileURL(createRequire(new URL("package.json", PEERS)).resolve(name)).href)) as Module
}
