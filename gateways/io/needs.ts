import type { Commands } from "#commands/handle.ts"
import type { Bus } from "#commands/ports/bus.ts"
import type { ContentStore } from "#commands/ports/content-store.ts"
import type { Counters } from "#commands/ports/counters.ts"
import type { JobStream } from "#commands/ports/job-stream.ts"
import type { NetworkSettings } from "#commands/ports/network-settings.ts"
import type { Presence } from "#commands/ports/presence.ts"
import type { Telemetry } from "#commands/ports/telemetry.ts"
import type { NodeSignatures } from "../ports/node-signatures.ts"

/** Everything the gateway for nodes works with. */
export type IoNeeds = Commands | Bus | ContentStore | Counters | JobStream | NetworkSettings | Presence | NodeSignatures | Telemetry
