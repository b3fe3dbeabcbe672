import { type ClientRequest, request as httpRequest } from "node:http"
import { duplexPair } from "node:stream"
import type { Loopback, LoopbackReply } from "#gateways/ports/loopback.ts"

/** Over a pair of streams, without a socket of the system. */
export const loopback: Loopback = (server, { method, path, headers, body }) => {
  const [near, far] = duplexPair()
  // The server times its clients' sockets; here both ends are its own, and the near one always reads.
  server.emit("connection", Object.assign(far, { setTimeout: () => far }))
  const { promise, resolve, reject } = Promise.withResolvers<LoopbackReply>()
  const request: ClientRequest = httpRequest({
    method, path, headers: { ...headers, host: "localhost", "content-length": String(Buffer.byteLength(body)) }, createConnection: () => near,
  })
  request.once("response", (response) => {
    response.setEncoding("utf8")
    resolve({ status: response.statusCode ?? 500, headers: response.headers, body: response })
  })
  // Later errors reach whoever reads the body.
  request.on("error", reject)
  request.end(body)
  return {
    reply: promise,
    hangUp: () => {
      request.destroy()
      near.destroy()
      far.destroy()
    },
  }
}
