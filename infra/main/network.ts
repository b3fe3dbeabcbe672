import { Effect } from "effect"
import { newGatewayId } from "#commands/ids.ts"
import { closeLostSession } from "#commands/node/close-lost-session.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import type { DataFolder } from "./data-folder.ts"
import { embeddedPlatform, type Platform } from "./platform.ts"
import { manageDeps } from "./manage-deps.ts"
import { startAdmin } from "./roles/admin.ts"
import { startCloud } from "./roles/cloud.ts"
import { startIo } from "./roles/io.ts"
import { startProjector } from "./roles/projector.ts"
import type { RunningRole } from "./roles/role.ts"
import { startDispatcher, startSettlement, startWatchdog } from "./roles/workflows.ts"

export interface NetworkOptions {
  readonly folder: DataFolder
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly ioPort: number
  readonly adminPort: number
}

export interface RunningNetwork {
  readonly baseUrl: string
  readonly ioUrl: string
  readonly adminUrl: string
  /** What nodes pin; base64url. */
  readonly networkKey: string
  /** Lets running answers end, then stops everything that `startNetwork` started. */
  readonly stop: () => Promise<void>
}

const LOOPBACK = "127.0.0.1"

/** Every role in this process, on an open data folder. The caller holds the folder's lock. */
export const startNetwork = async ({ folder, host, port, ioPort, adminPort }: NetworkOptions): Promise<RunningNetwork> => {
  const platform = await embeddedPlatform(folder)
  const closing: (() => Promise<void>)[] = [platform.close]
  const stop = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  const started = async (role: Promise<RunningRole>): Promise<string> => {
    const running = await role
    closing.push(running.stop)
    return running.url ?? ""
  }
  try {
    const gatewayId = newGatewayId()
    await closeLostSessions(platform)
    await started(startDispatcher(platform))
    await started(startSettlement(platform))
    await started(startProjector(platform))
    await started(startWatchdog(platform, gatewayId))
    const ioUrl = await started(startIo(platform, { host, port: ioPort }))
    const adminUrl = await started(startAdmin(platform, { host: LOOPBACK, port: adminPort }))
    const baseUrl = await started(startCloud(platform, gatewayId, { host, port }, { manage: await manageDeps(platform) }))
    return { baseUrl, ioUrl, adminUrl, networkKey: platform.adapters.signatures.networkKey, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

/** No node is connected yet: sessions that are still open belong to a process that was killed. */
const closeLostSessions = async ({ readDb, runtime }: Platform): Promise<void> => {
  const lost = (await nodeQueries(readDb).list()).flatMap(({ nodeId, session }) => (session === null ? [] : [{ nodeId, ...session }]))
  const close = Effect.forEach(lost, ({ nodeId, sessionId }) => closeLostSession({ nodeId, sessionId }))
  await runtime.runPromise(close)
}
