import { jetstreamManager } from "@nats-io/jetstream"
import { uuidV7 } from "#commands/ids.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { openNatsEventLog } from "#infra/nats/event-log.ts"
import { eventLogContract } from "#test/support/contract-event-log.ts"
import { engineUrl } from "#test/support/engines.ts"

eventLogContract("NATS JetStream", async () => {
  const prefix = `test${uuidV7().replaceAll("-", "")}`
  const options = { prefix, replicas: 1, monitorUrls: (process.env["NATS_MONITOR_URL"] ?? "").split(",") } as const
  const connections = await Promise.all(["one", "other"].map((name) => connectNats({ url: engineUrl("nats"), name })))
  const [one, other] = await Promise.all(connections.map((connection) => openNatsEventLog(connection, options)))
  if (one === undefined || other === undefined) throw new Error("no connection")
  const close = async (): Promise<void> => {
    await Promise.all([one, other].map((log) => log.close()))
    for (const connection of connections.slice(0, 1)) await (await jetstreamManager(connection)).streams.delete(`${prefix}-log`)
    await Promise.all(connections.map((connection) => connection.close()))
  }
  return { one, other, close }
})
