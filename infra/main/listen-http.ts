import type { FastifyInstance } from "fastify"
import type { AddressInfo } from "node:net"

/** Starts listening; resolves with the port, which the system chose if 0 was asked for. */
export const listenHttp = async (app: FastifyInstance, address: { readonly host: string; readonly port: number }): Promise<number> => {
  await app.listen(address)
  return (app.server.address() as AddressInfo).port
}
