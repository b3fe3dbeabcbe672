import { Argument, type Command } from "commander"
import process from "node:process"
import { sharedOrNot } from "../../config/platform-config.ts"
import type { DataFolder } from "../data-folder.ts"
import { CliFailure, EXIT } from "../exit.ts"
import { untilInterrupted } from "../interrupt.ts"
import { toJsonLine } from "../output/json.ts"
import { requireConfig } from "../require-config.ts"
import { ROLE_NAMES, type RoleName } from "../roles/role-names.ts"
import { parsePort } from "./arguments.ts"
import { type Cli, type CommonOptions, service, withFolder } from "./cli.ts"

interface ServeOptions extends CommonOptions {
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
}

export const registerServe = (program: Command, cli: Cli): void => {
  service(program, "serve", "one part of the platform as a process of its own; as many of each as you like")
    .addArgument(new Argument("<role>", "which part").choices(ROLE_NAMES))
    .option("--host <address>", "listen on this address", "127.0.0.1")
    .option("--port <n>", "port of a gateway, 0 for any free one", parsePort, 0)
    .option("--admin-host <address>", "listen on this address for health and metrics", "127.0.0.1")
    .option("--admin-port <n>", "port for health, readiness and metrics, 0 for any free one", parsePort, 0)
    .addHelpText("after", HELP)
    .action((role: RoleName, options: ServeOptions) => {
      requireShared()
      return withFolder(options, cli, (folder) => serve(folder, cli, { role, options }))
    })
}

const HELP = `
Every process takes its engines from the environment: resultity config list. Of dispatcher, settlement, watchdog and
projector one is at work and the others stand by; of the gateways all are at work.

Examples:
  resultity config check
  resultity serve cloud --host 0.0.0.0 --port 8400 --admin-port 9400
  resultity serve dispatcher --json`

const requireShared = (): void => {
  const problems = sharedOrNot(requireConfig())
  if (problems.length > 0) throw new CliFailure(`a role needs engines that processes share: ${problems.join("; ")}`, EXIT.usage)
}

interface Wanted {
  readonly role: RoleName
  readonly options: ServeOptions
}

const serve = async (folder: DataFolder, cli: Cli, { role, options }: Wanted): Promise<void> => {
  const [{ distributedPlatform }, { startRole }, { startAdmin }] = await Promise.all([
    import("../platform.ts"),
    import("../roles/start-role.ts"),
    import("../roles/admin.ts"),
  ])
  const platform = await distributedPlatform(folder, role)
  try {
    const admin = await startAdmin(platform, { host: options.adminHost, port: options.adminPort })
    try {
      const running = await startRole(role, platform, { host: options.host, port: options.port })
      const ready = { ready: true, role, url: running.url, admin_url: admin.url, pid: process.pid }
      await cli.terminal.print(options.json ? toJsonLine(ready) : readable(ready))
      await untilInterrupted(cli.interrupted)
      folder.logger.info({ role }, "stopping")
      await running.stop()
    } finally {
      await admin.stop()
    }
  } finally {
    await platform.close()
  }
}

const readable = ({ role, url, admin_url, pid }: { readonly role: string; readonly url: string | null; readonly admin_url: string | null; readonly pid: number }): string =>
  `${role} runs${url === null ? "" : ` on ${url}`} (health and metrics on ${admin_url}, pid ${pid}). Ctrl-C stops it.`
