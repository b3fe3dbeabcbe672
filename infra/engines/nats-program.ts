import { cacheSource } from "./cache-folder.ts"
import type { Wanted } from "./engine.ts"
import { goSource } from "./go-module.ts"
import { pathSource } from "./on-path.ts"
import { runTool } from "./run-tool.ts"

const VERSION = "2.15.2"
const ENTRY = `nats-server-${VERSION}`
/** Older ones have no atomic batches, and before 2.10 none syncs each message. Debian's packages are that old. */
const OLDEST = { major: 2, minor: 14 }
const VERSION_TIMEOUT_MS = 10_000

/** Why this version does not serve the domain log, or null. */
export const refuseOldNats = (printed: string): string | null => {
  const [, version = "", major = "0", minor = "0"] = /v?((\d+)\.(\d+)\.\d+\S*)/.exec(printed) ?? []
  const fits = Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor)
  return fits ? null : `version ${version === "" ? "unknown" : version} is older than ${OLDEST.major}.${OLDEST.minor}`
}

const refuse = async (path: string): Promise<string | null> => {
  const asked = await runTool(path, ["--version"], { interrupted: AbortSignal.timeout(VERSION_TIMEOUT_MS), timeoutMs: VERSION_TIMEOUT_MS })
  return asked._tag === "Failed" ? asked.why : refuseOldNats(asked.stdout)
}

export const NATS_SERVER: Wanted = {
  program: "nats-server",
  sources: [
    pathSource("nats-server", refuse),
    cacheSource(ENTRY, "nats-server"),
    goSource({ module: `github.com/nats-io/nats-server/v2@v${VERSION}`, program: "nats-server", entry: ENTRY }),
  ],
}
