import type { Command } from "commander"
import process from "node:process"
import { probeEngines, type ProbedEngine } from "../../config/engine-probes.ts"
import { maskedUrl } from "../../config/masked-url.ts"
import { type PlatformConfig, sharedOrNot } from "../../config/platform-config.ts"
import { newSecretsFile } from "../../config/secrets.ts"
import { SETTINGS } from "../../config/settings.ts"
import { CliFailure, EXIT } from "../exit.ts"
import { toJsonLine } from "../output/json.ts"
import { renderTable } from "../output/table.ts"
import { requireConfig } from "../require-config.ts"
import { type Cli, command, type CommonOptions } from "./cli.ts"

export const registerConfig = (program: Command, cli: Cli): void => {
  const config = program.command("config").description("how a process of the platform is put together: environment variables")
  command(config, "check", "are the variables of this environment right, and do the engines answer? exit code 1 if not")
    .addHelpText("after", "\nExample:\n  EVENT_STORE=nats BUS=nats NATS_URL=nats://127.0.0.1:4222 resultity config check")
    .action((options: CommonOptions) => check(cli, options))
  command(config, "list", "every variable, what it may be and what it is here").action((options: CommonOptions) => list(cli, options))
  command(config, "secrets", "print a new secrets file; keep it safe, give it to every process as SECRETS_FILE")
    .addHelpText("after", "\nExample:\n  (umask 077; resultity config secrets > secrets.json)")
    .action(() => cli.terminal.print(newSecretsFile().trimEnd()))
}

const check = async (cli: Cli, options: CommonOptions): Promise<void> => {
  const config = requireConfig()
  const engines = await probeEngines(config)
  const alone = sharedOrNot(config)
  if (options.json) {
    const shown = engines.map(({ engine, url, answer }) => ({ engine, url: maskedUrl(url), ...answer }))
    await cli.terminal.print(toJsonLine({ ports: portsOf(config), engines: shown, one_process_only: alone }))
  } else {
    await cli.terminal.printAll(readable(cli, config, engines, alone))
  }
  const silent = engines.filter(({ answer }) => !answer.ok)
  if (silent.length > 0) throw new CliFailure(`${silent.map(({ engine }) => engine).join(", ")} cannot be used`, EXIT.failure)
}

const portsOf = ({ eventStore, bus, jobStream, contentStore, hotState }: PlatformConfig) => ({
  event_store: eventStore, bus, job_stream: jobStream, read_models: "postgres", content_store: contentStore, hot_state: hotState,
})

const readable = (
  { terminal }: Cli,
  config: PlatformConfig,
  engines: readonly ProbedEngine[],
  alone: readonly string[],
): readonly string[] => {
  const ports = renderTable(
    [{ title: "PORT", value: ([port]) => port }, { title: "ENGINE", value: ([, engine]) => engine }],
    Object.entries(portsOf(config)),
  )
  const probed = renderTable(
    [
      { title: "ENGINE", value: ({ engine }) => engine },
      { title: "ANSWERS AS", value: ({ answer }) => (answer.ok ? answer.what : `does not answer: ${answer.reason}`) },
      { title: "AT", value: ({ url }) => maskedUrl(url) },
    ],
    engines,
  )
  const parts = alone.length === 0 ? ["Roles can run as processes of their own: resultity serve <role>."] : [
    "This configuration is for one process (resultity up). For processes of their own:",
    ...alone.map((line) => `  ${line}`),
  ]
  return [...ports, "", ...(engines.length === 0 ? ["Nothing outside this process but the embedded Postgres."] : probed), "", ...parts.map((line) => terminal.style("dim", line))]
}

const list = async ({ terminal }: Cli, options: CommonOptions): Promise<void> => {
  const rows = SETTINGS.map(({ name, values, form, fallback, help, secret }) => {
    const set = process.env[name]
    const value = set === undefined || set === "" ? null : secret ? "***" : maskedUrl(set)
    return { name, value, fallback, values, form, help }
  })
  if (options.json) return terminal.print(toJsonLine(rows))
  await terminal.printAll(
    renderTable(
      [
        { title: "VARIABLE", value: ({ name }) => name },
        { title: "HERE", value: ({ value, fallback }) => value ?? (fallback === null ? "-" : `${fallback} (default)`) },
        { title: "MAY BE", value: ({ form }) => form },
        { title: "WHAT FOR", value: ({ help }) => help },
      ],
      rows,
    ),
  )
}
