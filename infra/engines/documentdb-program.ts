import { join } from "node:path"
import process from "node:process"
import { cacheSource, fillCache } from "./cache-folder.ts"
import { debianSource } from "./debian-package.ts"
import { found, missing, type Search, type Source, type Wanted } from "./engine.ts"
import { obtain } from "./obtain.ts"
import { onPath, pathSource } from "./on-path.ts"
import { runTool } from "./run-tool.ts"

/** Folder of a small Debian, and the server inside it. */
const ENTRY = "documentdb-postgresql-18"
export const DOCUMENTDB_BIN = "usr/lib/postgresql/18/bin"
const SUITE = "sid"
const PACKAGES = "postgresql-18,postgresql-18-documentdb"
const INSTALL_TIMEOUT_MS = 15 * 60_000

const DEBOOTSTRAP: Wanted = {
  program: "debootstrap",
  sources: [pathSource("debootstrap"), debianSource({ name: "debootstrap", program: "debootstrap", service: null })],
}

/** Only Debian's unstable suite has the extension, so that it is installed in a folder of its own and the system stays as it is. */
const debootstrapSource: Source = {
  name: `Debian ${SUITE} in a folder`,
  find: async (search) => {
    if (process.getuid?.() !== 0) return missing("debootstrap and chroot need root")
    const unshare = onPath("unshare")
    if (unshare === null) return missing("no unshare on the PATH")
    const mirror = await debianMirror(search)
    if (mirror === null) return missing("apt knows no Debian mirror here")
    const debootstrap = await obtain(DEBOOTSTRAP, search)
    search.say("installing PostgreSQL 18 with the DocumentDB extension in a folder of its own (about 80 s, 900 MB)")
    const filled = await fillCache(ENTRY, async (folder) => {
      // In a mount namespace of its own: what it mounts is gone when it ends, however it ends.
      const words = ["--mount", debootstrap, "--variant=minbase", `--include=${PACKAGES}`, SUITE, folder, mirror]
      const done = await runTool(unshare, words, { interrupted: search.interrupted, timeoutMs: INSTALL_TIMEOUT_MS })
      return done._tag === "Failed" ? done.why : null
    })
    return filled._tag === "Found" ? found(join(filled.path, DOCUMENTDB_BIN, "postgres")) : filled
  },
}

/** The one that the system's own apt uses: it is the one that can be reached. */
const debianMirror = async ({ interrupted }: Search): Promise<string | null> => {
  const format = "$(ORIGIN) $(REPO_URI)"
  const listed = await runTool("apt-get", ["indextargets", "--format", format], { interrupted, timeoutMs: INSTALL_TIMEOUT_MS })
  if (listed._tag === "Failed") return null
  return mirrorIn(listed.stdout)
}

/** The first archive of Debian itself; the one of security updates has no whole suite. */
export const mirrorIn = (listed: string): string | null => {
  const uris = listed.split("\n").filter((line) => line.startsWith("Debian ")).map((line) => line.slice("Debian ".length))
  return uris.find((uri) => !uri.includes("security")) ?? null
}

/** Found is the path of `postgres` inside the folder. */
export const DOCUMENTDB: Wanted = {
  program: "PostgreSQL with DocumentDB",
  sources: [cacheSource(ENTRY, join(DOCUMENTDB_BIN, "postgres")), debootstrapSource],
}
