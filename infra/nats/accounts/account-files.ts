import { randomBytes } from "node:crypto"
import { mkdir, open, readdir, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Data } from "effect"
import { seedOf } from "./keys.ts"
import type { MintedNetwork, MintedOperator } from "./mint-accounts.ts"
import { administratorCredentials, roleCredentials } from "./mint-users.ts"
import { nodeSignerText } from "./node-signer.ts"
import { NATS_ROLES } from "./role-permissions.ts"
import { serverConfig } from "./server-config.ts"

const SECRET = 0o600
const PUBLIC = 0o644
const OWNER_ONLY_FOLDER = 0o700

/** The folder has something in it: keys that a network may stand on are never replaced. */
export class FolderNotEmpty extends Data.TaggedError("FolderNotEmpty")<{ readonly folder: string }> {}

export interface AccountFile {
  /** Below the folder. */
  readonly path: string
  readonly text: string
  readonly mode: number
}

/** Everything that a network's servers, processes and people need, as files. */
export const accountFiles = async (operator: MintedOperator): Promise<readonly AccountFile[]> => {
  const { key, jwt, system, networks } = operator
  const ofNetworks = await Promise.all(networks.map(networkFiles))
  return [
    { path: "accounts.conf", text: serverConfig(operator), mode: PUBLIC },
    secret("system.creds", await administratorCredentials(system)),
    ...identity("operator", { key, jwt }),
    ...identity(system.name, system),
    ...ofNetworks.flat(),
  ]
}

const networkFiles = async (network: MintedNetwork): Promise<readonly AccountFile[]> => {
  const { names, store, platform, nodes, nodeSigner } = network
  const { environment } = names
  const roles = await Promise.all(
    NATS_ROLES.map(async (role) => secret(`${environment}/${role}.creds`, await roleCredentials(network, role))),
  )
  const signer = { environment, account: nodes.key.getPublicKey(), signingSeed: seedOf(nodeSigner) }
  return [
    ...roles,
    secret(`${environment}/administrator.creds`, await administratorCredentials(store)),
    secret(`${environment}/node-signer.json`, nodeSignerText(signer)),
    ...[store, platform, nodes].flatMap((account) => identity(account.name, account)),
  ]
}

const secret = (path: string, text: string): AccountFile => ({ path, text: `${text.trimEnd()}\n`, mode: SECRET })

const identity = (name: string, { key, jwt }: Pick<MintedOperator, "key" | "jwt">): readonly AccountFile[] => [
  { path: `identities/${name}.jwt`, text: `${jwt}\n`, mode: PUBLIC },
  secret(`identities/${name}.seed`, seedOf(key)),
]

/** The whole folder appears at once, or nothing; a folder that is there stays as it is unless it is empty. */
export const writeAccountFiles = async (folder: string, files: readonly AccountFile[]): Promise<void> => {
  const present = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return []
    throw cause
  })
  if (present.length > 0) throw new FolderNotEmpty({ folder })
  const draft = `${folder}.${randomBytes(4).toString("hex")}`
  try {
    for (const file of files) await writeSynced(draft, file)
    // An empty folder is replaced; one that somebody filled meanwhile is not.
    await rename(draft, folder).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === "ENOTEMPTY" || cause.code === "EEXIST" ? new FolderNotEmpty({ folder }) : cause
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

const writeSynced = async (folder: string, { path, text, mode }: AccountFile): Promise<void> => {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true, mode: OWNER_ONLY_FOLDER })
  const file = await open(target, "wx", mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
