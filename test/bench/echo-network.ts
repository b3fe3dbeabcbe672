import { ECHO_NODE } from "./echo-load.ts"
import { type Part, postgresPart, processPart } from "./network-parts.ts"
import { startNetwork, startNode } from "./network-process.ts"
import type { RacedNetwork } from "./overspend.ts"
import { postmasterPid } from "./process-cost.ts"

/** A network whose node has no model in the way. */
export interface EchoNetwork extends RacedNetwork {
  readonly parts: readonly Part[]
  readonly stop: () => Promise<void>
}

/** The embedded profile in two processes, as in a real network: the node's work is on its owner's machine. */
export const embeddedEcho = async (profileDir: string | null, nodeArgs: readonly string[] = ECHO_NODE): Promise<EchoNetwork> => {
  const network = await startNetwork({ args: ["--no-node"], profileDir })
  const node = await startNode(network.ready, { args: nodeArgs, profileDir })
  const parts = [
    processPart("network", network.ready.pid),
    postgresPart(await postmasterPid(network.dataDir)),
    processPart("node", node.ready.pid),
  ]
  const stop = async (): Promise<void> => {
    await node.stop()
    await network.stop()
  }
  return { name: "embedded", endpoints: [{ ...network.ready, models: node.ready.models }], ask: network.ask, parts, stop }
}
