import process from "node:process"
import { jetstreamManager } from "@nats-io/jetstream"
import { uuidV7 } from "#commands/ids.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { type NatsLog, openNatsEventLog } from "#infra/nats/event-log.ts"
import type { OpenedLog } from "./contract-event-log.ts"
import { engineUrl } from "./engines.ts"
import { type NatsServers, startNatsServers } from "./nats-servers.ts"

type Reachable = Pick<NatsServers, "url" | "monitorUrls" | "close">

/** The engine that all suites share where its monitoring port is known; else a server of this suite's own. */
export const natsForLog = async (): Promise<Reachable> => {
  const monitorUrl = process.env["NATS_MONITOR_URL"] ?? ""
  if (monitorUrl === "") return await startNatsServers({ count: 1, sync: "always" })
  return { url: engineUrl("nats"), monitorUrls: monitorUrl.split(","), close: async () => {} }
}

export const newPrefix = (): string => `test${uuidV7().replaceAll("-", "")}`

export interface LogOn {
  readonly url: string
  readonly monitorUrls: readonly string[]
  readonly prefix: string
  readonly replicas: 1 | 3
}

export interface ConnectedLog extends NatsLog {
  /** With the log's data. */
  readonly destroy: () => Promise<void>
  /** Name of the server that leads the log's stream. */
  readonly leader: () => Promise<string>
}

/** A log over a connection of its own, as another process would have it. */
export const connectLog = async ({ url, ...options }: LogOn): Promise<ConnectedLog> => {
  const connection = await connectNats({ url, name: "log-test" })
  try {
    const log = await openNatsEventLog(connection, options)
    const manager = await jetstreamManager(connection)
    const close = async (): Promise<void> => {
      await log.close()
      await connection.close()
    }
    return {
      ...log,
      close,
      destroy: async () => {
        await manager.streams.delete(`${options.prefix}-log`)
        await close()
      },
      leader: async () => (await manager.streams.info(`${options.prefix}-log`)).cluster?.leader ?? "",
    }
  } catch (cause) {
    await connection.close()
    throw cause
  }
}

/** For the contract: the log as two processes have it. */
export const openNatsTwice = async (): Promise<OpenedLog> => {
  const { url, monitorUrls, close } = await natsForLog()
  const on = { url, monitorUrls, prefix: newPrefix(), replicas: 1 } as const
  const [one, other] = [await connectLog(on), await connectLog(on)]
  return {
    one,
    other,
    close: async () => {
      await other.close()
      await one.destroy()
      await close()
    },
  }
}
