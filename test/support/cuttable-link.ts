import { connect, createServer, type Socket } from "node:net"

export interface CuttableLink {
  /** In place of the server's. */
  readonly url: string
  /** Ends every connection at once, without a goodbye, and refuses new ones until `mend`. */
  readonly cut: () => void
  readonly mend: () => void
  readonly close: () => Promise<void>
}

/** A wire to a server that a test can cut: bytes pass through unread. */
export const cuttableLink = async (serverUrl: string): Promise<CuttableLink> => {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let cut = false
  const server = createServer((near) => {
    if (cut) return void near.destroy()
    const far = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the link has no port")
  const url = new URL(serverUrl)
  url.hostname = "127.0.0.1"
  url.port = String(address.port)

  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href.replace(/\/$/, ""),
    cut: () => {
      cut = true
      destroyAll()
    },
    mend: () => {
      cut = false
    },
    close: async () => {
      destroyAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
