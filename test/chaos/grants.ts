import type { AskedGrant } from "./findings.ts"
import { cliJson } from "./resultity-cli.ts"

const TRIES = 4

export interface Grants {
  /** Asks for one more, again with its id while nothing is known of it, and writes down whether it was acknowledged. */
  readonly give: (amount: bigint) => Promise<void>
  readonly asked: readonly AskedGrant[]
}

/** An operator who grants credits by the command line while things die. */
export const startGrants = (env: Readonly<Record<string, string>>, namespaceId: string): Grants => {
  const asked: AskedGrant[] = []
  const give = async (amount: bigint): Promise<void> => {
    const grant = { grantId: `chaos/${asked.length}`, amount }
    const place = asked.push({ ...grant, acknowledged: false }) - 1
    for (let tries = 1; tries <= TRIES && asked[place]?.acknowledged === false; tries += 1) {
      const words = ["credits", "grant", "--namespace", namespaceId, "--amount", String(amount), "--id", grant.grantId]
      const acknowledged = await cliJson(env, ...words).then(() => true, () => false)
      asked[place] = { ...grant, acknowledged }
    }
  }
  return { give, asked }
}
