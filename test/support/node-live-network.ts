import { Effect } from "effect"
import { vi } from "vitest"
import { submitChat } from "#commands/job/submit-chat.ts"
import { Telemetry } from "#commands/ports/telemetry.ts"
import { dispatch } from "#commands/workflows/dispatch.ts"
import { settlement } from "#commands/workflows/settlement.ts"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import { ioGateway } from "#gateways/io/gateway.ts"
import { NodeSignatures } from "#gateways/ports/node-signatures.ts"
import { memoryTelemetry } from "#infra/memory/telemetry.ts"
import { IO_PATH, listenForNodes } from "#infra/ws/node-socket-server.ts"
import { listenAsClient } from "#test/support/listening-client.ts"
import { chat, jobIdAt, memoryNetwork, type NetworkOptions } from "#test/support/memory-network.ts"
import { networkSignatures } from "#test/support/node-test-keys.ts"

/** A network with the real gateway for nodes on a real port; 1 000 micro-credits, and the client's side of the bus recorded. */
export const liveNetwork = async (options?: NetworkOptions) => {
  const network = await memoryNetwork(options)
  await network.grant(1_000n)
  const signatures = networkSignatures()
  const telemetry = memoryTelemetry()
  const workflows = network.runtime.runFork(Effect.scoped(Effect.andThen(Effect.all([dispatch, settlement]), Effect.never)))
  let connections = 0
  const listen = async (port: number) => {
    const gatewayOf = Effect.provideService(Effect.provideService(ioGateway, NodeSignatures, signatures), Telemetry, telemetry)
    const io = await network.run(gatewayOf)
    const server = await listenForNodes({ host: "127.0.0.1", port }, (socket) => {
      connections += 1
      const gone = () => void (connections -= 1)
      io.accept({ ...socket, onClose: (handler) => socket.onClose((reason) => (handler(reason), gone())) })
    })
    return { port: server.port, close: async () => (io.stop(), await server.close()) }
  }
  let gateway = await listen(0)
  const url = `ws://127.0.0.1:${gateway.port}${IO_PATH}`

  /** What the client of the nth job hears, from its submission on. */
  const ask = (n: number, question: string) => askFor(n, { task: "chat", messages: [{ role: "user", content: question }], sampling: {} })
  const askFor = async (n: number, request: InferenceRequest) => {
    const { heard, text } = listenAsClient(network.bus, jobIdAt(n))
    await network.run(submitChat({ ...chat(n, { maxOutputTokens: 50 }), request }))
    const ending = () =>
      eventually(() => heard.find(({ type }) => type !== "tokens") ?? fail("the answer has not ended"))
    return { jobId: jobIdAt(n), ending, text, heard }
  }

  return {
    ...network, signatures, telemetry, url, ask, askFor,
    refusals: (reason: string) => network.counters.snapshot().find((count) => count.name === "io_refused_total" && count.reason === reason)?.value ?? 0,
    count: (name: string) => network.counters.snapshot().find((counter) => counter.name === name)?.value ?? 0,
    /** Sockets that the gateway has not seen closed. */
    connections: () => connections,
    online: () => network.presence.online(Date.now()).map(({ nodeId }) => nodeId),
    /** Another gateway on the same address. */
    restart: async () => {
      await gateway.close()
      gateway = await listen(gateway.port)
    },
    stop: async () => {
      await gateway.close()
      workflows.interruptUnsafe()
      await network.runtime.dispose()
    },
  }
}

export type LiveNetwork = Awaited<ReturnType<typeof liveNetwork>>

export const eventually = <Value>(read: () => Value) => vi.waitFor(read, { timeout: 10_000, interval: 5 })

const fail = (message: string): never => {
  throw new Error(message)
}
