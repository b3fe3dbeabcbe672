import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import process from "node:process"

/** Serves on a free port of the loopback interface, tells the parent which, and ends with it. */
export const listenForParent = (server: Server): void => {
  process.on("disconnect", () => process.exit(0))
  process.on("SIGINT", () => {})
  server.keepAliveTimeout = 0
  server.listen(0, "127.0.0.1", BACKLOG, () => process.send?.((server.address() as AddressInfo).port))
}

/** A thousand clients may come at once. */
const BACKLOG = 2_048
