import { connect, createServer, type Socket } from "node:net"

/** A way to a server that can be cut: connections break and new ones are refused until it is opened again. */
export interface TcpGate {
  readonly port: number
  readonly cut: () => void
  /** Connections stay, and nothing comes through until it is opened again. */
  readonly stall: () => void
  /** The next connection that says `words` gets no answer to it until the gate is opened again; resolves when one has said it. */
  readonly muteOn: (words: string) => Promise<void>
  readonly open: () => void
  readonly close: () => Promise<void>
}

export const openTcpGate = async (target: { readonly host: string; readonly port: number }): Promise<TcpGate> => {
  const sockets = new Set<Socket>()
  let isOpen = true
  let mute: { readonly words: string; readonly said: () => void } | null = null
  const drop = (socket: Socket): void => {
    sockets.delete(socket)
    socket.destroy()
  }
  const server = createServer((near) => {
    if (!isOpen) return void near.destroy()
    const far = connect(target)
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from)
      from.on("data", (chunk: Buffer) => {
        if (from === near && mute !== null && chunk.includes(mute.words)) {
          far.pause()
          mute.said()
          mute = null
        }
        to.write(chunk)
      })
      from.on("error", () => drop(to))
      from.on("close", () => drop(to))
    }
  })
  const dropAll = (): void => {
    for (const socket of sockets) drop(socket)
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the gate has no port")
  return {
    port: address.port,
    cut: () => {
      isOpen = false
      dropAll()
    },
    stall: () => {
      for (const socket of sockets) socket.pause()
    },
    muteOn: (words) => new Promise((resolve) => (mute = { words, said: resolve })),
    open: () => {
      isOpen = true
      for (const socket of sockets) socket.resume()
    },
    close: async () => {
      dropAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
