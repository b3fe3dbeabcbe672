// node infra/deploy/prepare.ts <folder>: the secrets of a new platform, as files that compose.yaml mounts and Secrets are made of.
import { randomBytes } from "node:crypto"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { Schema } from "effect"
import { newSecretsFile } from "../config/secrets.ts"
import { accountFiles } from "../nats/accounts/account-files.ts"
import { mintOperator } from "../nats/accounts/mint-accounts.ts"

const PASSWORD_BYTES = 32
/** Containers read a mounted file as a user of their own; the folder keeps everybody else out. */
const FILE_MODE = 0o444
const FOLDER_MODE = 0o700

/** Begins with a letter: NATS reads a variable's value as it would the same text in its configuration. */
const newPassword = (): string => `p${randomBytes(PASSWORD_BYTES).toString("base64url")}`

/** What engines and Prometheus are told of the network's secrets. */
const shared = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ postgresPassword: Schema.String, adminToken: Schema.String })))

/** Every file by its name below the folder. */
export const newDeploymentSecrets = async (): Promise<Readonly<Record<string, string>>> => {
  const nats = await accountFiles(await mintOperator(["testnet"]))
  const network = newSecretsFile()
  const { postgresPassword, adminToken } = shared(network)
  const redisPassword = newPassword()
  return {
    ...Object.fromEntries(nats.map(({ path, text }) => [`nats/${path}`, text])),
    "nats-route.env": routeEnvironment(newPassword()),
    "network/secrets.json": network,
    "admin-token": adminToken,
    "postgres-password": postgresPassword,
    "grafana-password": newPassword(),
    "redis.conf": `requirepass ${redisPassword}\n`,
    "engine-addresses.env": [
      `DATABASE_URL=postgres://resultity:${postgresPassword}@postgres:5432/resultity`,
      "MONGO_URL=mongodb://mongo:27017/resultity?replicaSet=rs0",
      `REDIS_URL=redis://:${redisPassword}@redis:6379`,
      "",
    ].join("\n"),
  }
}

const NATS_SERVERS = ["nats-1", "nats-2", "nats-3"]

/** What compose's servers know each other by; a cluster makes its routes of the password alone. */
const routeEnvironment = (password: string): string =>
  `NATS_ROUTE_PASSWORD=${password}\nNATS_ROUTES=[${NATS_SERVERS.map((server) => `nats://route:${password}@${server}:6222`).join(",")}]\n`

/** Writes them into a folder that is not there yet: secrets in use are never replaced. */
export const prepareDeployment = async (folder: string, files: Readonly<Record<string, string>>): Promise<void> => {
  await mkdir(dirname(folder), { recursive: true })
  await mkdir(folder, { mode: FOLDER_MODE })
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: FOLDER_MODE })
    await writeFile(join(folder, name), text, { mode: FILE_MODE, flag: "wx" })
  }
}

if (import.meta.main) {
  const folder = process.argv[2]
  if (folder === undefined) throw new Error("usage: node infra/deploy/prepare.ts <folder that is not there yet>")
  await prepareDeployment(folder, await newDeploymentSecrets())
  process.stdout.write(`${folder} holds the platform's secrets. Keep a copy of ${folder}/network/secrets.json: without it no prompt can be read.\n`)
}
