import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { WebSocketServer } from "ws"
import { MAX_FRAME_BYTES } from "#domain/protocol/frames.ts"
import type { NodeSocket } from "#gateways/ports/node-socket.ts"
import { sentTogether } from "./sent-together.ts"

export const IO_PATH = "/io"

/** Bytes that may wait in one node's socket before it is given up: it does not read. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024
/** An idle connection is pinged this often; one that does not answer by the next ping is closed. */
const PING_MS = 15_000

export interface NodeSocketServer {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Listens for nodes on `ws://host:port/io` and hands each open socket to `accept`. Port 0 takes a free one. */
export const listenForNodes = async (
  address: { readonly host: string; readonly port: number },
  accept: (socket: NodeSocket) => void,
): Promise<NodeSocketServer> => {
  const http = createServer((_request, response) => {
    response.writeHead(426, { "content-type": "text/plain" }).end("nodes connect here by WebSocket: see `resultity node --help`\n")
  })
  const sockets = new WebSocketServer({ server: http, path: IO_PATH, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false })
  sockets.on("connection", (socket, request) => {
    const together = sentTogether(request.socket)
    let alive = true
    const ping = setInterval(() => {
      if (!alive) return socket.terminate()
      alive = false
      socket.ping()
    }, PING_MS)
    socket.on("pong", () => (alive = true))
    socket.on("close", () => clearInterval(ping))
    // `ws` reports a broken frame as an error and then closes; the close handler does the rest.
    socket.on("error", () => socket.terminate())
    accept({
      remote: `${request.socket.remoteAddress}:${request.socket.remotePort}`,
      send: (text) => {
        if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return socket.terminate()
        if (socket.readyState !== socket.OPEN) return
        together()
        socket.send(text)
      },
      close: (code, reason) => socket.close(code, reason.slice(0, 120)),
      onMessage: (handler) => socket.on("message", (data, binary) => handler(binary ? "" : String(data))),
      onClose: (handler) => socket.on("close", (code) => handler(`closed_${code}`)),
    })
  })
  const port = await listen(http, address)
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate()
        sockets.close()
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

const listen = (server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      server.off("error", reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
