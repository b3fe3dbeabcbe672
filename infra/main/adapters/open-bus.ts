import type { NatsConnection } from "@nats-io/transport-node"
import type { BusShape } from "#commands/ports/bus.ts"
import { natsIdentity } from "../../nats/accounts/credentials-file.ts"
import { natsBus } from "../../nats/bus.ts"
import { connectNats } from "../../nats/connect.ts"
import type { Check } from "../readiness.ts"
import type { DistributedParts } from "./distributed.ts"
import { required } from "../../config/required.ts"

/** The bus, and the connection that other uses of NATS in this process share. */
export const openBus = async ({ config, counters, logger, name, onClose }: DistributedParts) => {
  const nats = await connectNats({ url: required(config, "natsUrl"), name, ...(await natsIdentity(config.natsCredentials)) })
  onClose(() => nats.drain())
  const onDefect = (cause: unknown): void => {
    counters.increment("bus_handler_failed_total")
    logger.error({ err: cause }, "a bus handler threw")
  }
  const bus: BusShape = natsBus(nats, { prefix: `resultity.${config.environment}`, counters, onDefect })
  return { bus, nats, natsAnswers: roundTrip(nats) }
}

const roundTrip = (nats: NatsConnection): Check => () => nats.flush()
