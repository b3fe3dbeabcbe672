import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { type JobStreamShape, JobStreamUnavailable } from "#commands/ports/job-stream.ts"
import { required } from "../../config/required.ts"
import type { RoleName } from "../roles/role-names.ts"
import type { DistributedParts } from "./distributed.ts"

/** Who puts assignments in and takes them out. The others' credentials do not reach the job stream. */
const HAS_JOBS: readonly RoleName[] = ["dispatcher", "io"]

export const openJobStream = async (parts: DistributedParts, nats: NatsConnection): Promise<JobStreamShape> => {
  const { config, role, onClose } = parts
  if (!HAS_JOBS.includes(role)) return noJobStream
  const jobStream = config.jobStream === "rabbitmq" ? await overRabbit(parts) : await overNats(parts, nats)
  onClose(jobStream.close)
  return jobStream
}

const noJobStream: JobStreamShape = {
  enqueue: () => Effect.fail(new JobStreamUnavailable({ reason: "this role has no job stream" })),
  consume: () => {
    throw new Error("this role has no job stream")
  },
}

const overNats = async ({ config, counters }: DistributedParts, nats: NatsConnection) => {
  const { natsJobStream } = await import("../../nats/job-stream.ts")
  return natsJobStream(nats, { environment: config.environment, counters, replicas: config.natsReplicas })
}

const overRabbit = async ({ config, counters }: DistributedParts) => {
  const { rabbitJobStream } = await import("../../rabbitmq/job-stream.ts")
  return rabbitJobStream(required(config, "rabbitmqUrl"), { environment: config.environment, counters })
}
