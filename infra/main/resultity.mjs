#!/usr/bin/env node
// Plain JavaScript that Node 18 and 20 can parse: the program itself is TypeScript, which Node 24 runs as it is.
import { spawn, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import module from "node:module"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

const WANTED_MAJOR = 24
const EXIT_CANNOT_START = 3
const here = dirname(fileURLToPath(import.meta.url))

const majorOf = (version) => Number(String(version).trim().replace(/^v/, "").split(".")[0])

/** The Node that `npm ci` brought along, or null. */
const bundledNode = () => {
  const candidates = [
    join(here, "../../node_modules/.bin/node"),
    join(here, "../../node_modules", `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`, "bin",
      process.platform === "win32" ? "node.exe" : "node"),
  ]
  return candidates.find((path) => existsSync(path) && majorOf(spawnSync(path, ["--version"]).stdout) >= WANTED_MAJOR) ?? null
}

/** Runs the same command under `node`, passes signals on and ends as it ends. The channel tells the child when we are killed. */
const runUnder = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  })
  process.on("SIGINT", () => {}) // a terminal sends it to the child as well
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("error", (error) => {
    console.error(`resultity: cannot run ${node}: ${error.message}`)
    process.exit(EXIT_CANNOT_START)
  })
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)))
}

/** Under an older Node that started us: when it is gone, stop too. */
const stopWithParent = () => {
  if (process.channel === undefined || process.channel === null) return
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"))
  process.channel.unref()
}

if (majorOf(process.versions.node) >= WANTED_MAJOR) {
  stopWithParent()
  // Half of a short command's time is compiling; a cache that cannot be written is no cache.
  module.enableCompileCache(join(here, "../../node_modules/.cache/resultity"))
  const { main } = await import("./program.ts")
  await main(process.argv.slice(2))
} else {
  const node = bundledNode()
  if (node === null) {
    console.error(
      `resultity: needs Node ${WANTED_MAJOR} or newer, this is ${process.versions.node}. ` +
        "Run `npm ci` in the checkout (it brings Node 24 along), then `npm run resultity -- <command>`.",
    )
    process.exit(EXIT_CANNOT_START)
  }
  runUnder(node)
}
