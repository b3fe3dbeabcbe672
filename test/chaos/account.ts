import { type Grants, startGrants } from "./grants.ts"
import { cliJson } from "./resultity-cli.ts"

/** A namespace of a test's own. */
export interface Account {
  readonly apiKey: string
  readonly namespaceId: string
  readonly grants: Grants
}

export const openAccount = async (env: Readonly<Record<string, string>>, micro: bigint, requestsPerSecond = "none"): Promise<Account> => {
  const create = ["keys", "create", "--new-namespace", "chaos", "--requests-per-second", requestsPerSecond]
  const key = await cliJson<{ readonly api_key: string; readonly namespace_id: string }>(env, ...create)
  const grants = startGrants(env, key.namespace_id)
  await grants.give(micro)
  return { apiKey: key.api_key, namespaceId: key.namespace_id, grants }
}
