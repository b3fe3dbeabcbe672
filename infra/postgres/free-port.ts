import { randomInt } from "node:crypto"
import { createServer, type AddressInfo } from "node:net"

/**
 * Below the ports that systems give to outgoing connections. A port from there can be taken by a client while its server is down, even
 * by the server's own client: a connection to a free port of that range may get the same port as its own end and meets itself.
 */
const FIRST_PORT = 20_000
const LAST_PORT = 29_999
const TRIES = 50

const listen = (port: number): Promise<number | null> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(null))
    probe.listen(port, "127.0.0.1", () => {
      const { port: found } = probe.address() as AddressInfo
      probe.close(() => resolve(found))
    })
  })

/** `preferred` when nobody has it, else a free port on the loopback interface that its server can come back on. */
export const freePort = async (preferred: number | null): Promise<number> => {
  const port = preferred === null ? null : await listen(preferred)
  if (port !== null) return port
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await listen(randomInt(FIRST_PORT, LAST_PORT + 1))
    if (found !== null) return found
  }
  return (await listen(0)) ?? 0
}
