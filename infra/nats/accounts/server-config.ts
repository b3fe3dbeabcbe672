import type { MintedOperator } from "./mint-accounts.ts"

/** What every server of the network includes: it knows all accounts from the start and asks nobody. */
export const serverConfig = ({ jwt, system, networks }: MintedOperator): string => {
  const accounts = [system, ...networks.flatMap(({ store, platform, nodes }) => [store, platform, nodes])]
  return [
    "# Made by `resultity nats-accounts init`. Include it in the configuration of every server of this network.",
    `operator: ${jwt}`,
    `system_account: ${system.key.getPublicKey()}`,
    "resolver: MEMORY",
    "resolver_preload: {",
    ...accounts.flatMap(({ name, key, jwt: account }) => [`  # ${name}`, `  ${key.getPublicKey()}: ${account}`]),
    "}",
    "",
  ].join("\n")
}
