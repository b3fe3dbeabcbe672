import { existsSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import process from "node:process"
import { found, missing, type Search, type Source } from "./engine.ts"
import { onPath } from "./on-path.ts"
import { runTool, type ToolOptions, type ToolResult } from "./run-tool.ts"

const INSTALL_TIMEOUT_MS = 10 * 60_000
const LOCK_TIMEOUT_S = 300
const POLICY_FILE = "/usr/sbin/policy-rc.d"
/** "Action forbidden by policy": the package's own service stays off. */
const POLICY = "#!/bin/sh\nexit 101\n"

interface DebianPackage {
  readonly name: string
  readonly program: string
  /** What the package would start by itself, and what we do not want running. */
  readonly service: string | null
}

let installing: Promise<unknown> = Promise.resolve()

/** Installs a package of the distribution, without its service. Needs root. */
export const debianSource = ({ name, program, service }: DebianPackage): Source => ({
  name: `Debian package ${name}`,
  find: async (search) => {
    const aptGet = onPath("apt-get")
    if (aptGet === null) return missing("no apt-get on this system")
    if (process.getuid?.() !== 0) return missing(`apt-get needs root: run "apt-get install ${name}" as root once`)
    search.say(`installing the Debian package ${name}`)
    // One apt-get at a time, ours too.
    const turn = installing.then(() => install(aptGet, name, service, search))
    installing = turn.catch(() => {})
    const result = await turn
    if (result._tag === "Failed") return missing(result.why)
    const path = onPath(program)
    return path === null ? missing(`the package brought no ${program}`) : found(path)
  },
})

const install = async (aptGet: string, name: string, service: string | null, { interrupted }: Search): Promise<ToolResult> => {
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, interrupted, timeoutMs: INSTALL_TIMEOUT_MS }
  const apt = (...words: readonly string[]): Promise<ToolResult> =>
    runTool(aptGet, ["-q", "-y", "-o", `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`, ...words], options)
  const once = (): Promise<ToolResult> => apt("install", "--no-install-recommends", name)
  return withoutServices(async () => {
    const first = await once()
    // A fresh container has no package lists, and old lists name packages that are gone.
    const result = first._tag === "Done" ? first : (await apt("update"))._tag === "Done" ? await once() : first
    if (result._tag === "Done" && service !== null) await disable(service, options)
    return result
  })
}

const withoutServices = async <A>(work: () => Promise<A>): Promise<A> => {
  if (existsSync(POLICY_FILE)) return work()
  await writeFile(POLICY_FILE, POLICY, { mode: 0o755 })
  try {
    return await work()
  } finally {
    await rm(POLICY_FILE, { force: true })
  }
}

/** Not at the next boot either, whichever of the two this system boots with. */
const disable = async (service: string, options: ToolOptions): Promise<void> => {
  const systemctl = onPath("systemctl")
  if (systemctl !== null) await runTool(systemctl, ["disable", service], options)
  const updateRc = onPath("update-rc.d")
  if (updateRc !== null) await runTool(updateRc, [service, "disable"], options)
}
