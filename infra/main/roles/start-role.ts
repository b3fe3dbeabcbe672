import { newGatewayId } from "#commands/ids.ts"
import type { Platform } from "../platform.ts"
import { startCloud } from "./cloud.ts"
import { startGate } from "./gate.ts"
import { startIo } from "./io.ts"
import { startProjector } from "./projector.ts"
import type { ListenOptions, RunningRole } from "./role.ts"
import type { RoleName } from "./role-names.ts"
import { startStatus } from "./status.ts"
import { startDispatcher, startSettlement, startWatchdog } from "./workflows.ts"

/** Starts one role; `admin` is what every process has beside its role. */
export const startRole = (role: RoleName, platform: Platform, listen: ListenOptions): Promise<RunningRole> => STARTS[role](platform, listen)

const STARTS: Readonly<Record<RoleName, (platform: Platform, listen: ListenOptions) => Promise<RunningRole>>> = {
  cloud: (platform, listen) => startCloud(platform, newGatewayId(), listen),
  io: startIo,
  gate: (platform, listen) => startGate(platform, platform.config.natsNodeSigner, listen),
  status: startStatus,
  admin: async () => ({ url: null, stop: async () => {} }),
  dispatcher: startDispatcher,
  settlement: startSettlement,
  watchdog: (platform) => startWatchdog(platform, null),
  projector: startProjector,
}
