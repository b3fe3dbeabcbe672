import { ioGateway } from "#gateways/io/gateway.ts"
import { IO_PATH, listenForNodes } from "../../ws/node-socket-server.ts"
import type { Platform } from "../platform.ts"
import { type ListenOptions, type RunningRole, urlHost } from "./role.ts"

/** The nodes' entrance. Any number of them may run: a node that loses one joins another. */
export const startIo = async ({ runtime }: Platform, { host, port }: ListenOptions): Promise<RunningRole> => {
  const io = await runtime.runPromise(ioGateway)
  const nodes = await listenForNodes({ host, port }, io.accept)
  const stop = async (): Promise<void> => {
    io.stop()
    await nodes.close()
  }
  return { url: `ws://${urlHost(host)}:${nodes.port}${IO_PATH}`, stop }
}
