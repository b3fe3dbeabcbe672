import type { Engine, EngineName } from "./engine.ts"
import { mongo } from "./mongo.ts"
import { nats, natsCluster } from "./nats.ts"
import { postgres } from "./postgres.ts"
import { rabbitmq } from "./rabbitmq.ts"
import { redis } from "./redis.ts"

const ENGINES: Readonly<Record<EngineName, Engine>> = { nats, "nats-cluster": natsCluster, redis, rabbitmq, postgres, mongo }

export const engineOf = (name: EngineName): Engine => ENGINES[name]
