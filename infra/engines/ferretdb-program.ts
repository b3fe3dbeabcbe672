import { Result, Schema } from "effect"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { cacheSource, fillCache } from "./cache-folder.ts"
import { found, missing, type Search, type Source, type Wanted } from "./engine.ts"
import { goProgram } from "./go-module.ts"
import { pathSource } from "./on-path.ts"
import { runTool } from "./run-tool.ts"

export const FERRETDB_VERSION = "2.7.0"
const MODULE = `github.com/FerretDB/FerretDB/v2@v${FERRETDB_VERSION}`
const ENTRY = `ferretdb-${FERRETDB_VERSION}`
const BUILD_TIMEOUT_MS = 15 * 60_000

const Downloaded = Schema.fromJsonString(Schema.Struct({ Dir: Schema.String }))

/** `go install` refuses this module, so it is downloaded, copied out of Go's read-only cache and built there. */
const ferretDbSource: Source = {
  name: "Go module proxy",
  find: async (search) => {
    const go = goProgram()
    if (go === null) return missing("no go on the PATH")
    search.say(`building FerretDB ${FERRETDB_VERSION} (about 1 minute)`)
    const filled = await fillCache(ENTRY, (folder) => build(go, folder, search))
    return filled._tag === "Found" ? found(join(filled.path, "ferretdb")) : filled
  },
}

const build = async (go: string, folder: string, { interrupted }: Search): Promise<string | null> => {
  const options = { interrupted, timeoutMs: BUILD_TIMEOUT_MS }
  const downloaded = await runTool(go, ["mod", "download", "-json", MODULE], { ...options, cwd: folder })
  if (downloaded._tag === "Failed") return downloaded.why
  const module = Schema.decodeUnknownResult(Downloaded)(downloaded.stdout)
  if (Result.isFailure(module)) return "go does not say where it put the module"
  const source = join(folder, "source")
  const made = await runTool("cp", ["-r", "--no-preserve=mode", module.success.Dir, source], options)
  if (made._tag === "Failed") return made.why
  await writeFile(join(source, "build", "version", "version.txt"), `v${FERRETDB_VERSION}\n`)
  const built = await runTool(go, ["build", "-buildvcs=false", "-o", join(folder, "ferretdb"), "./cmd/ferretdb"], { ...options, cwd: source })
  await rm(source, { recursive: true, force: true })
  return built._tag === "Failed" ? built.why : null
}

export const FERRETDB: Wanted = {
  program: "ferretdb",
  sources: [pathSource("ferretdb"), cacheSource(ENTRY, "ferretdb"), ferretDbSource],
}
