import { connect, createServer, type Socket } from "node:net"

/** A way to a NATS server on which what the server says can be changed, or lost. */
export interface NatsGate {
  readonly url: string
  /** From now on clients reach the server, but hear nothing from it. */
  readonly mute: () => void
  /** Breaks the connections; new ones are open both ways. */
  readonly breakOff: () => void
  readonly close: () => Promise<void>
}

/** `rewrite` sees everything that the server says. */
export const openNatsGate = async (port: number, rewrite: (said: Buffer) => Buffer = (said) => said): Promise<NatsGate> => {
  const pairs = new Set<readonly [Socket, Socket]>()
  let isMute = false
  const breakOff = (): void => {
    isMute = false
    for (const sockets of pairs) for (const socket of sockets) socket.destroy()
    pairs.clear()
  }
  const gate = createServer((client) => {
    const server = connect(port, "127.0.0.1")
    pairs.add([client, server])
    client.on("data", (chunk) => server.write(chunk))
    server.on("data", (chunk) => isMute || client.write(rewrite(chunk)))
    client.on("close", () => server.destroy()).on("error", () => server.destroy())
    server.on("close", () => client.destroy()).on("error", () => client.destroy())
  })
  await new Promise<void>((resolve) => gate.listen(0, "127.0.0.1", resolve))
  const address = gate.address()
  if (address === null || typeof address === "string") throw new Error("the gate has no port")
  return {
    url: `nats://127.0.0.1:${address.port}`,
    mute: () => {
      isMute = true
    },
    breakOff,
    close: async () => {
      breakOff()
      await new Promise((resolve) => gate.close(resolve))
    },
  }
}
