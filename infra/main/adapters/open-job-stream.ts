import type { NatsConnection } from "@nats-io/transport-node"
import type { JobStreamShape } from "#commands/ports/job-stream.ts"
import { required } from "../../config/required.ts"
import type { DistributedParts } from "./distributed.ts"

export const openJobStream = async (parts: DistributedParts, nats: NatsConnection): Promise<JobStreamShape> => {
  const { config, onClose } = parts
  const jobStream = config.jobStream === "rabbitmq" ? await overRabbit(parts) : await overNats(parts, nats)
  onClose(jobStream.close)
  return jobStream
}

const overNats = async ({ config, counters }: DistributedParts, nats: NatsConnection) => {
  const { natsJobStream } = await import("../../nats/job-stream.ts")
  return natsJobStream(nats, { environment: config.environment, counters, replicas: config.natsReplicas })
}

const overRabbit = async ({ config, counters }: DistributedParts) => {
  const { rabbitJobStream } = await import("../../rabbitmq/job-stream.ts")
  return rabbitJobStream(required(config, "rabbitmqUrl"), { environment: config.environment, counters })
}
