import type { NatsConnection } from "@nats-io/transport-node"
import type { TelemetryShape } from "#commands/ports/telemetry.ts"
import { memoryTelemetry } from "../../memory/telemetry.ts"
import { natsTelemetry } from "../../nats/telemetry.ts"
import type { DistributedParts } from "./distributed.ts"

/** The telemetry log on JetStream for those who have something to note: the gateways of nodes. */
export const openTelemetry = async ({ config, counters, role, onClose }: DistributedParts, nats: NatsConnection): Promise<TelemetryShape> => {
  if (role !== "io") return memoryTelemetry()
  const telemetry = await natsTelemetry(nats, { environment: config.environment, counters, replicas: config.natsReplicas })
  onClose(telemetry.close)
  return telemetry
}
