import gossip from "@eventstore/db-client/generated/gossip_pb.js"
import gossipRpc from "@eventstore/db-client/generated/gossip_grpc_pb.js"
import features from "@eventstore/db-client/generated/serverfeatures_pb.js"
import featuresRpc from "@eventstore/db-client/generated/serverfeatures_grpc_pb.js"
import type shared from "@eventstore/db-client/generated/shared_pb.js"
import streamsRpc from "@eventstore/db-client/generated/streams_grpc_pb.js"
import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js"
import { appendCall } from "./append-call.ts"
import { Faults } from "./faults.ts"
import { DoubleLog } from "./log.ts"
import { readCall } from "./read-call.ts"

/** **Not EventStoreDB**: a double of its wire protocol, see the README beside this file. */
export interface EventStoreDbDouble {
  readonly connectionString: string
  readonly host: string
  readonly port: number
  readonly log: DoubleLog
  readonly faults: Faults
  /** Breaks every connection and listens no more; the events stay. */
  readonly kill: () => void
  /** Listens again on the same port. */
  readonly revive: () => Promise<void>
}

const HOST = "127.0.0.1"
const VERSION = "24.10.0 (a double, not EventStoreDB)"

type Empty = InstanceType<typeof shared.Empty>

const start = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(`${HOST}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })

export interface DoubleOptions {
  readonly version?: string
}

export const startEventStoreDbDouble = async ({ version = VERSION }: DoubleOptions = {}): Promise<EventStoreDbDouble> => {
  const log = new DoubleLog()
  const faults = new Faults()
  let port = 0

  const supported: handleUnaryCall<Empty, InstanceType<typeof features.SupportedMethods>> = (call, answer) => {
    const refusal = faults.refusal(call.metadata)
    if (refusal !== null) return answer(refusal)
    answer(null, new features.SupportedMethods().setEventStoreServerVersion(version))
  }
  const members: handleUnaryCall<Empty, InstanceType<typeof gossip.ClusterInfo>> = (call, answer) => {
    const refusal = faults.refusal(call.metadata)
    if (refusal !== null) return answer(refusal)
    const leader = new gossip.MemberInfo().setIsAlive(true).setState(gossip.MemberInfo.VNodeState.LEADER)
    leader.setHttpEndPoint(new gossip.EndPoint().setAddress(HOST).setPort(port))
    answer(null, new gossip.ClusterInfo().setMembersList([leader]))
  }
  const newServer = (): Server => {
    const server = new Server()
    server.addService(streamsRpc.StreamsService, { append: appendCall(log, faults), read: readCall(log, faults) })
    server.addService(featuresRpc.ServerFeaturesService, { getSupportedMethods: supported })
    server.addService(gossipRpc.GossipService, { read: members })
    return server
  }

  let server = newServer()
  port = await start(server, 0)
  return {
    connectionString: `esdb://${HOST}:${port}?tls=false`,
    host: HOST,
    port,
    log,
    faults,
    kill: () => server.forceShutdown(),
    revive: async () => {
      server = newServer()
      await start(server, port)
    },
  }
}
