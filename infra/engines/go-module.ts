import { join } from "node:path"
import { fillCache } from "./cache-folder.ts"
import { found, missing, type Source } from "./engine.ts"
import { onPath } from "./on-path.ts"
import { runTool } from "./run-tool.ts"

/** Go's own installer puts it there and leaves the PATH alone. */
const GO_ELSEWHERE = ["/usr/local/go/bin/go"]
const BUILD_TIMEOUT_MS = 10 * 60_000

export const goProgram = (): string | null => onPath("go", GO_ELSEWHERE)

interface GoModule {
  /** With its version: `github.com/…@v1.2.3`. */
  readonly module: string
  readonly program: string
  /** Folder of the cache. */
  readonly entry: string
}

/** Builds a program from the Go module proxy into the cache. */
export const goSource = ({ module, program, entry }: GoModule): Source => ({
  name: "Go module proxy",
  find: async ({ say, interrupted }) => {
    const go = goProgram()
    if (go === null) return missing("no go on the PATH")
    say(`building ${program} from ${module} (about 40 s)`)
    const filled = await fillCache(entry, async (building) => {
      const built = await runTool(go, ["install", module], { env: { GOBIN: building }, interrupted, timeoutMs: BUILD_TIMEOUT_MS })
      return built._tag === "Failed" ? built.why : null
    })
    return filled._tag === "Found" ? found(join(filled.path, program)) : filled
  },
})
