import { createServer, type AddressInfo } from "node:net"

const listen = (port: number): Promise<number | null> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(null))
    probe.listen(port, "127.0.0.1", () => {
      const { port: found } = probe.address() as AddressInfo
      probe.close(() => resolve(found))
    })
  })

/** `preferred` when nobody has it, else any free port on the loopback interface. */
export const freePort = async (preferred: number | null): Promise<number> => {
  const port = preferred === null ? null : await listen(preferred)
  return port ?? (await listen(0)) ?? 0
}
