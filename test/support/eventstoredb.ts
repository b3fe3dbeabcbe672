import { randomBytes } from "node:crypto"
import process from "node:process"
import { openEventStoreDb } from "#infra/eventstoredb/open-event-store-db.ts"
import type { OpenedLog } from "./contract-event-log.ts"
import { startEventStoreDbDouble } from "./eventstoredb-double/server.ts"

/** Set: the suite runs on that server. Not set: on the double, and its title says so. */
const url = process.env["EVENTSTORE_URL"] ?? ""

export const eventStoreDbTitle = url === "" ? "a gRPC double of EventStoreDB (NOT EventStoreDB; set EVENTSTORE_URL for one)" : "EventStoreDB"

/** A prefix that no other run has. Its streams stay on a real server: EventStoreDB is not made to forget. */
export const ownPrefix = (): string => `test.${randomBytes(6).toString("hex")}`

/** One log as two processes would have it. */
export const openEventStoreDbTwice = async (): Promise<OpenedLog> => {
  const double = url === "" ? await startEventStoreDbDouble() : null
  const connectionString = double?.connectionString ?? url
  const prefix = ownPrefix()
  const one = await openEventStoreDb(connectionString, { prefix })
  const other = await openEventStoreDb(connectionString, { prefix })
  const close = async (): Promise<void> => {
    await one.close()
    await other.close()
    double?.kill()
  }
  return { one, other, close }
}
