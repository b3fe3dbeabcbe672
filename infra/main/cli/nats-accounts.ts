import { type Command, InvalidArgumentError } from "commander"
import { resolve } from "node:path"
import type { Environment } from "#domain/kernel/ids.ts"
import { failure } from "../exit.ts"
import { toJsonLine } from "../output/json.ts"
import type { Cli } from "./cli.ts"

interface InitOptions {
  readonly out: string
  readonly environment: readonly Environment[]
  readonly json?: true
}

export const registerNatsAccounts = (program: Command, cli: Cli): void => {
  const accounts = program.command("nats-accounts").description("who may do what on the NATS servers: accounts, users, credentials files")
  accounts
    .command("init")
    .description("make all keys of a new platform: the servers' accounts.conf, and a credentials file for each role")
    .requiredOption("--out <folder>", "a new folder; one with anything in it is left alone")
    .option("--environment <names>", "networks on these servers: testnet, mainnet, or both", parseEnvironments, ["testnet"])
    .option("--json", "print JSON for scripts")
    .option("--verbose", "show the stack of a failure")
    .addHelpText("after", HELP)
    .action((options: InitOptions) => init(cli, options))
}

const HELP = `
What lies in the folder:
  accounts.conf                  for every server: include it in its configuration (see infra/deploy/nats)
  <environment>/<role>.creds     NATS_CREDENTIALS of that role's processes
  <environment>/node-signer.json NATS_NODE_SIGNER of gate: signs nodes, and nothing but nodes
  <environment>/administrator.creds, system.creds
                                 for people: streams, and the servers themselves
  identities/                    the operator's and the accounts' own keys: keep them off every machine that runs a process

Example:
  resultity nats-accounts init --out /etc/resultity/nats --environment testnet,mainnet`

const ENVIRONMENTS: readonly Environment[] = ["testnet", "mainnet"]

const parseEnvironments = (text: string): readonly Environment[] => {
  const wanted = text.split(",")
  const known = ENVIRONMENTS.filter((name) => wanted.includes(name))
  if (known.length !== new Set(wanted).size) throw new InvalidArgumentError(`Any of ${ENVIRONMENTS.join(",")}.`)
  return known
}

const init = async ({ terminal }: Cli, { out, environment, json }: InitOptions): Promise<void> => {
  const [{ mintOperator }, { accountFiles, FolderNotEmpty, writeAccountFiles }] = await Promise.all([
    import("../../nats/accounts/mint-accounts.ts"),
    import("../../nats/accounts/account-files.ts"),
  ])
  const folder = resolve(out)
  const files = await accountFiles(await mintOperator(environment))
  await writeAccountFiles(folder, files).catch((cause: unknown) => {
    if (!(cause instanceof FolderNotEmpty)) throw cause
    throw failure(`${folder} is not empty: keys that a network may stand on are not replaced; name a new folder`, cause)
  })
  const paths = files.map(({ path }) => path)
  if (json) return terminal.print(toJsonLine({ folder, files: paths }))
  await terminal.printAll([`${folder} has ${paths.length} files:`, ...paths.map((path) => `  ${path}`)])
}
